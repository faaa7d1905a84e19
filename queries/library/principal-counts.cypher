// Title: Principals by kind
// Question: How many principals of each kind does each account have?
// Column: account: the account's id, empty for services and anyone
// Column: type: the kind of principal
// Column: principals: how many there are
MATCH (p:Principal)
WHERE p.loaded = true
RETURN p.account AS account, p.type AS type, count(p) AS principals
ORDER BY account, type
