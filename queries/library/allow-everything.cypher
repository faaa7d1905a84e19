// Title: Allow everything
// Question: Which statements allow every action on every resource?
// Column: policy: the policy's name
// Column: statement: the statement's id
// Column: has_condition: whether a condition limits it
// Column: condition: its condition, as JSON
// Column: holders: how many principals and groups hold the policy
MATCH (s:Statement)<-[:HAS_STATEMENT]-(o:Policy)
WHERE s.effect = 'Allow' AND ('*' IN s.actions OR '*:*' IN s.actions) AND '*' IN s.resources
OPTIONAL MATCH (o)<-[a:ATTACHED]-()
WHERE a.as = 'permissions'
WITH o, s, count(a) AS holders
WHERE o.kind IN ['managed', 'inline']
RETURN o.name AS policy, s.id AS statement, s.has_condition AS has_condition, s.condition AS condition, holders
ORDER BY holders DESC, statement
