// Title: Holders of a policy
// Question: Who holds a policy, directly or through a group?
// Parameter: policy (text, example "AdministratorAccess"): the policy's name, ARN or id
// Column: policy: the policy's id
// Column: via: how it is held: permissions, boundary, or the group's name
// Column: type: the kind of principal
// Column: name: the principal's name
// Column: principal: the principal's ARN
MATCH (o:Policy)<-[a:ATTACHED]-(p:Principal)
WHERE o.name = $policy OR o.id = $policy
RETURN o.id AS policy, a.as AS via, p.type AS type, p.name AS name, p.arn AS principal
ORDER BY policy, via, principal
UNION
MATCH (o:Policy)<-[:ATTACHED]-(g:Group)<-[:MEMBER_OF]-(p:User)
WHERE o.name = $policy OR o.id = $policy
RETURN o.id AS policy, 'group ' + g.name AS via, p.type AS type, p.name AS name, p.arn AS principal
ORDER BY policy, via, principal
