// Title: Policies attached to nobody
// Question: Which managed policies of the accounts are in no use?
// Parameter: account (text, default ""): only this account's
// Column: account: the account's id
// Column: name: the policy's name
// Column: created: when it was created
// Column: policy: the policy's ARN
MATCH (o:Managed)
WHERE coalesce(o.managed_by_aws, false) = false AND ($account = '' OR o.account = $account)
  AND NOT (o)<-[:ATTACHED]-()
RETURN o.account AS account, o.name AS name, o.created AS created, o.id AS policy
ORDER BY account, name
