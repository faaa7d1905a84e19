// Title: Who can become a principal
// Question: Who can gain the permissions of a principal in one hop, by assuming a role or otherwise, beside administrators?
// Parameter: principal (text, example "platform-automation"): its ARN or name, or administrator:ACCOUNT
// Column: target: the ARN of the one that is gained
// Column: verdict: allowed or depends
// Column: principal: the ARN of who can
// Column: techniques: the ids of the techniques, in order
// Column: conditions: what it hangs on
// Column: needs: what the data could not show
// Column: because: the ids of the statements that make it
MATCH (t:Principal)<-[e:CAN_ASSUME|CAN_ESCALATE]-(p:Principal)
WHERE (t.arn = $principal OR (t.name = $principal AND t.loaded = true)) AND NOT p:Service
      AND NOT (e.techniques IS NOT NULL AND coalesce(p.distance_to_admin, 1) = 0)
RETURN t.arn AS target, e.verdict AS verdict, p.arn AS principal,
       coalesce(e.techniques, ['sts-001']) AS techniques, e.conditions AS conditions, e.needs AS needs,
       e.because AS because
ORDER BY target, verdict, principal, techniques
