// Title: Administrators
// Question: Who may do every action on every resource of its account, not counting what SCPs take away?
// Parameter: account (text, default ""): only this account's
// Column: account: the account's id
// Column: type: the kind of principal
// Column: name: its name
// Column: principal: its ARN
MATCH (p:Admin)
WHERE $account = '' OR p.account = $account
RETURN p.account AS account, p.type AS type, p.name AS name, p.arn AS principal
ORDER BY account, type, name
