// Title: Escalation under conditions
// Question: Which ways from one principal to another hang on what the request carries?
// Column: principal: the ARN of who can
// Column: target: the ARN of the one that is gained, or administrator:ACCOUNT
// Column: techniques: the ids of the techniques, in order
// Column: conditions: what it hangs on
MATCH (p:Principal)-[e:CAN_ASSUME|CAN_ESCALATE]->(t:Principal)
WHERE p.loaded = true AND size(coalesce(e.conditions, [])) > 0
RETURN p.arn AS principal, t.arn AS target, coalesce(e.techniques, ['sts-001']) AS techniques,
       e.conditions AS conditions
ORDER BY principal, target, techniques
