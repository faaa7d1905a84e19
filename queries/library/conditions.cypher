// Title: Conditions in use
// Question: Which statements hang on a condition key?
// Parameter: key (text, default "", example "aws:SourceIp"): the key, any case; all conditions where it is left out
// Column: policy: the policy's name
// Column: kind: the kind of policy
// Column: statement: the statement's id
// Column: effect: Allow or Deny
// Column: condition: the condition, as JSON
MATCH (o:Policy)-[:HAS_STATEMENT]->(s:Statement)
WHERE s.has_condition = true AND toLower(s.condition) CONTAINS toLower($key)
RETURN o.name AS policy, o.kind AS kind, s.id AS statement, s.effect AS effect, s.condition AS condition
ORDER BY kind, policy, statement
