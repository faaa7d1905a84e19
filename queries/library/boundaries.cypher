// Title: Permissions boundaries in use
// Question: Which principals have a permissions boundary, and which?
// Column: account: the principal's account
// Column: type: user or role
// Column: name: the principal's name
// Column: boundary: the policy's name
// Column: loaded: false where the boundary's text is not known
// Column: policy: the policy's ARN
// Column: principal: the principal's ARN
MATCH (p:Principal)-[a:ATTACHED]->(o:Policy)
WHERE a.as = 'boundary'
RETURN p.account AS account, p.type AS type, p.name AS name, o.name AS boundary, o.loaded AS loaded,
       o.id AS policy, p.arn AS principal
ORDER BY account, boundary, name
