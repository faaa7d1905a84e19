// Title: Roles that trust other accounts
// Question: Which roles let principals of another account in, and on what conditions?
// Column: role: the role's ARN
// Column: trusted: the account or principal that is trusted
// Column: account: the trusted account's id
// Column: known: whether that account is loaded
// Column: conditions: the statement's condition, as JSON
// Column: statement: the statement's id
MATCH (r:Role)-[t:TRUSTS]->(x)
WITH r, t, x, coalesce(x.account, x.id, '') AS other
WHERE other <> '' AND other <> r.account
  AND (x:Account OR x.type IN ['user', 'role', 'root', 'account'])
OPTIONAL MATCH (a:Account {id: other})
RETURN r.arn AS role, coalesce(x.arn, x.id) AS trusted, other AS account,
       coalesce(a.loaded, false) AS known, t.conditions AS conditions, t.statement AS statement
ORDER BY role, trusted, statement
