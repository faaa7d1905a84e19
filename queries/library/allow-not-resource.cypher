// Title: Allow with NotResource
// Question: Which statements allow on every resource but those they name?
// Column: policy: the policy's name
// Column: kind: the kind of policy
// Column: statement: the statement's id
// Column: actions: the actions it names
// Column: not_resources: the resources it leaves out
MATCH (o:Policy)-[:HAS_STATEMENT]->(s:Statement)
WHERE s.effect = 'Allow' AND size(s.not_resources) > 0
RETURN o.name AS policy, o.kind AS kind, s.id AS statement, s.actions AS actions,
       s.not_resources AS not_resources
ORDER BY policy, statement
