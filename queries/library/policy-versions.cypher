// Title: Older versions of policies
// Question: Which versions of managed policies could be put in force again?
// Parameter: policy (text, default ""): only this policy, by name or ARN
// Column: policy: the policy's ARN
// Column: name: the policy's name
// Column: in_force: the version in force
// Column: version: the version that is not in force
// Column: created: when that version was made
// Column: document: what it says, as JSON
MATCH (o:Managed)-[:HAS_VERSION]->(v:PolicyVersion)
WHERE ($policy = '' OR o.name = $policy OR o.id = $policy) AND coalesce(v.default, false) = false
RETURN o.id AS policy, o.name AS name, o.default_version AS in_force, v.version_id AS version,
       v.created AS created, v.document AS document
ORDER BY policy, version
