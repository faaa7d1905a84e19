// Title: Statements that bear on an action
// Question: Which statements allow or deny an action, wildcards included?
// Parameter: action (text, example "s3:GetObject"): the action as AWS spells it
// Column: effect: Allow or Deny
// Column: pattern: the pattern of the statement that matches
// Column: policy: the policy's name
// Column: statement: the statement's id
// Column: resources: the resources it names
// Column: not_resources: the resources it leaves out
// Column: condition: its condition, as JSON
MATCH (a:Action {name: $action})<-[:MATCHES]-(pattern:ActionPattern)<-[:HAS_ACTION]-(s:Statement)
MATCH (s)<-[:HAS_STATEMENT]-(o:Policy)
RETURN s.effect AS effect, pattern.pattern AS pattern, o.name AS policy, s.id AS statement,
       s.resources AS resources, s.not_resources AS not_resources, s.condition AS condition
ORDER BY effect, policy, statement, pattern
