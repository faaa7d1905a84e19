// Title: When roles were last used
// Question: Which roles have not been used for longest?
// Parameter: account (text, default ""): only this account's
// Column: last_used: when it was last used; empty where AWS has no record of the last 400 days
// Column: region: the region in which it was last used
// Column: created: when it was created
// Column: role: the role's ARN
MATCH (r:Role)
WHERE r.loaded = true AND coalesce(r.service_linked, false) = false
  AND ($account = '' OR r.account = $account)
WITH r, coalesce(r.last_used, '') AS last_used
RETURN last_used, r.last_used_region AS region, r.created AS created, r.arn AS role
ORDER BY last_used, role
