// Title: Instance profiles
// Question: Which roles can EC2 instances be given?
// Column: account: the account's id
// Column: instance_profile: the instance profile's name
// Column: role: the role's ARN
// Column: admin: whether the role is an administrator
// Column: arn: the instance profile's ARN
MATCH (i:InstanceProfile)
OPTIONAL MATCH (i)-[:HAS_ROLE]->(r:Role)
RETURN i.account AS account, i.name AS instance_profile, r.arn AS role,
       r:Admin AS admin, i.arn AS arn
ORDER BY account, instance_profile, role
