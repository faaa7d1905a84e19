// Title: Actions that do not exist
// Question: Which actions of statements match nothing in AWS's catalogue?
// Column: pattern: the action as written
// Column: policy: the policy's name
// Column: statement: the statement's id
MATCH (pattern:ActionPattern)
WHERE NOT (pattern)-[:MATCHES]->(:Action)
MATCH (pattern)<-[:HAS_ACTION|HAS_NOT_ACTION]-(s:Statement)<-[:HAS_STATEMENT]-(o:Policy)
RETURN pattern.pattern AS pattern, o.name AS policy, s.id AS statement
ORDER BY pattern, policy, statement
