// Title: Resources with policies
// Question: Which resources have a policy of their own?
// Parameter: type (text, default "", example "AWS::S3::Bucket"): only this type of resource
// Column: type: the resource's type
// Column: account: its account's id
// Column: statements: how many statements the policy has
// Column: resource: the resource's ARN
MATCH (x:Resource)-[a:ATTACHED]->(o:Policy)
WHERE a.as = 'resource' AND ($type = '' OR x.type = $type)
OPTIONAL MATCH (o)-[:HAS_STATEMENT]->(s:Statement)
WITH x, count(s) AS statements
RETURN x.type AS type, x.account AS account, statements, x.arn AS resource
ORDER BY type, account, resource
