// Title: Accounts
// Question: Which accounts are known, and which of them are loaded?
// Column: account: the account's id
// Column: name: its name
// Column: status: its state in the organization
// Column: loaded: whether its users, roles and policies are loaded
// Column: loaded_at: when it was loaded
// Column: source: the file or folder that it came from
// Column: missing: what was not in that source and could change answers
MATCH (a:Account)
OPTIONAL MATCH (l:Load {id: a.id})
RETURN a.id AS account, a.name AS name, a.status AS status, a.loaded AS loaded,
       l.when AS loaded_at, l.source AS source, l.missing AS missing
ORDER BY account
