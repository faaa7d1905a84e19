// Title: Principals outside
// Question: Which principals of accounts that are not loaded do trust policies refer to?
// Column: account: the account's id
// Column: type: the kind of principal
// Column: principal: its ARN
// Column: roles: how many roles trust it
MATCH (p:External)
OPTIONAL MATCH (p)<-[:TRUSTS]-(r:Role)
WITH p, count(DISTINCT r) AS roles
RETURN p.account AS account, p.type AS type, p.arn AS principal, roles
ORDER BY account, principal
