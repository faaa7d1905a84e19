// Title: Policies of a principal
// Question: Which policies does a principal hold, its groups' and its boundary included?
// Parameter: principal (text, example "alice"): a user's or role's ARN or name
// Column: principal: the principal's ARN
// Column: via: how it holds the policy: attached, boundary, trust, or the group's name
// Column: kind: the kind of policy
// Column: name: the policy's name
// Column: statements: how many statements it has
// Column: policy: the policy's id
MATCH (p:Principal)-[a:ATTACHED]->(o:Policy)
WHERE p.arn = $principal OR p.name = $principal
OPTIONAL MATCH (o)-[:HAS_STATEMENT]->(s:Statement)
WITH p, o, a.as AS via, count(s) AS statements
RETURN p.arn AS principal, via, o.kind AS kind, o.name AS name, statements, o.id AS policy
ORDER BY principal, via, name
UNION
MATCH (p:User)-[:MEMBER_OF]->(g:Group)-[:ATTACHED]->(o:Policy)
WHERE p.arn = $principal OR p.name = $principal
OPTIONAL MATCH (o)-[:HAS_STATEMENT]->(s:Statement)
WITH p, o, 'group ' + g.name AS via, count(s) AS statements
RETURN p.arn AS principal, via, o.kind AS kind, o.name AS name, statements, o.id AS policy
ORDER BY principal, via, name
