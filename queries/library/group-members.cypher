// Title: Members of groups
// Question: Who is in a group?
// Parameter: group (text, default "", example "engineers"): the group's name or ARN; all groups where it is left out
// Column: account: the account's id
// Column: group: the group's name
// Column: user: the user's name
// Column: principal: the user's ARN
MATCH (g:Group)<-[:MEMBER_OF]-(u:User)
WHERE $group = '' OR g.name = $group OR g.arn = $group
RETURN g.account AS account, g.name AS group, u.name AS user, u.arn AS principal
ORDER BY account, group, user
