// Title: Explicit denies
// Question: Which statements take something away?
// Parameter: account (text, default ""): only this account's
// Column: policy: the policy's name
// Column: kind: the kind of policy
// Column: statement: the statement's id
// Column: actions: the actions it names
// Column: not_actions: the actions it leaves out
// Column: resources: the resources it names
// Column: condition: its condition, as JSON
MATCH (o:Policy)-[:HAS_STATEMENT]->(s:Statement)
WHERE s.effect = 'Deny' AND ($account = '' OR o.account = $account)
RETURN o.name AS policy, o.kind AS kind, s.id AS statement, s.actions AS actions,
       s.not_actions AS not_actions, s.resources AS resources, s.condition AS condition
ORDER BY kind, policy, statement
