// Title: Statements of a policy
// Question: What does a policy say?
// Parameter: policy (text, example "AdministratorAccess"): the policy's name, ARN or id
// Column: policy: the policy's id
// Column: statement: the statement's place, from 1
// Column: sid: its Sid
// Column: effect: Allow or Deny
// Column: actions: the actions it names
// Column: not_actions: the actions it leaves out
// Column: resources: the resources it names
// Column: not_resources: the resources it leaves out
// Column: condition: its condition, as JSON
MATCH (o:Policy)-[:HAS_STATEMENT]->(s:Statement)
WHERE o.name = $policy OR o.id = $policy
RETURN o.id AS policy, s.index AS statement, s.sid AS sid, s.effect AS effect, s.actions AS actions,
       s.not_actions AS not_actions, s.resources AS resources, s.not_resources AS not_resources,
       s.condition AS condition
ORDER BY policy, statement
