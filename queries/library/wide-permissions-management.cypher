// Title: Permissions management on everything
// Question: Which statements let someone change permissions, on every resource and without a condition?
// Column: policy: the policy's name
// Column: statement: the statement's id
// Column: actions: the actions of the statement, as written
// Column: matched: how many actions of permissions management they stand for
MATCH (o:Policy)-[:HAS_STATEMENT]->(s:Statement)
WHERE s.effect = 'Allow' AND '*' IN s.resources AND s.has_condition = false
  AND o.kind IN ['managed', 'inline']
MATCH (s)-[:HAS_ACTION]->(:ActionPattern)-[:MATCHES]->(a:Action)
WHERE a.access_level = 'Permissions management'
WITH o, s, count(DISTINCT a) AS matched
RETURN o.name AS policy, s.id AS statement, s.actions AS actions, matched
ORDER BY matched DESC, statement
