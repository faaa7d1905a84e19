// Title: Allow with NotAction
// Question: Which statements allow everything but what they name?
// Column: policy: the policy's name
// Column: kind: the kind of policy
// Column: statement: the statement's id
// Column: not_actions: the actions it leaves out
// Column: resources: the resources it names
MATCH (o:Policy)-[:HAS_STATEMENT]->(s:Statement)
WHERE s.effect = 'Allow' AND size(s.not_actions) > 0
RETURN o.name AS policy, o.kind AS kind, s.id AS statement, s.not_actions AS not_actions,
       s.resources AS resources
ORDER BY policy, statement
