// Title: Roles of services
// Question: Which roles can an AWS service assume?
// Parameter: service (text, default "", example "lambda.amazonaws.com"): only this service
// Column: service: the service
// Column: role: the role's ARN
// Column: conditions: the statement's condition, as JSON
// Column: linked: whether AWS made the role for the service
MATCH (r:Role)-[t:TRUSTS]->(s:Service)
WHERE $service = '' OR s.arn = $service
RETURN s.arn AS service, r.arn AS role, t.conditions AS conditions,
       coalesce(r.service_linked, false) AS linked
ORDER BY service, role
