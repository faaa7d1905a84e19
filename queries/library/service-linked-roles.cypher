// Title: Service-linked roles
// Question: Which roles has AWS made for its services?
// Column: account: the account's id
// Column: name: the role's name
// Column: role: the role's ARN
MATCH (r:Role)
WHERE r.service_linked = true
RETURN r.account AS account, r.name AS name, r.arn AS role
ORDER BY account, name
