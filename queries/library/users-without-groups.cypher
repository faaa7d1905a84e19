// Title: Users without groups
// Question: Which users are in no group?
// Column: account: the account's id
// Column: user: the user's name
// Column: policies: how many policies they hold themselves
// Column: principal: the user's ARN
MATCH (u:User)
WHERE u.loaded = true AND NOT (u)-[:MEMBER_OF]->(:Group)
OPTIONAL MATCH (u)-[a:ATTACHED]->(:Policy)
WHERE a.as = 'permissions'
WITH u, count(a) AS policies
RETURN u.account AS account, u.name AS user, policies, u.arn AS principal
ORDER BY account, user
