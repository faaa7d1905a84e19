// Title: Principals
// Question: Which principals are there?
// Parameter: type (text, default ""): only this kind: user, role, root, service, federated, account, anyone
// Parameter: account (text, default ""): only this account's
// Column: type: the kind of principal
// Column: name: its name
// Column: account: its account's id
// Column: created: when it was created
// Column: loaded: false where policies only refer to it
// Column: principal: its ARN
MATCH (p:Principal)
WHERE ($type = '' OR p.type = $type) AND ($account = '' OR p.account = $account)
RETURN p.type AS type, p.name AS name, p.account AS account, p.created AS created, p.loaded AS loaded,
       p.arn AS principal
ORDER BY type, account, name, principal
