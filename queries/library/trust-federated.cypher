// Title: Roles that trust an identity provider
// Question: Which roles can federated users and workloads assume, and on what conditions?
// Column: role: the role's ARN
// Column: provider: the identity provider
// Column: actions: the actions that the trust policy allows
// Column: conditions: the statement's condition, as JSON; empty where anyone of the provider gets in
// Column: statement: the statement's id
MATCH (r:Role)-[t:TRUSTS]->(f:Federated)
RETURN r.arn AS role, f.arn AS provider, t.actions AS actions, t.conditions AS conditions,
       t.statement AS statement
ORDER BY role, provider, statement
