// Title: Invalid policies
// Question: Which policies would AWS refuse, so that they grant nothing?
// Column: account: the account's id
// Column: kind: the kind of policy
// Column: name: the policy's name
// Column: warnings: what is wrong with it
// Column: policy: the policy's id
MATCH (o:Policy)
WHERE o.valid = false
RETURN o.account AS account, o.kind AS kind, o.name AS name, o.warnings AS warnings, o.id AS policy
ORDER BY account, kind, name
