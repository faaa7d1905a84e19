// Title: Users without MFA
// Question: Which users have no MFA device, as far as a credential report tells?
// Column: account: the account's id
// Column: user: the user's name
// Column: password_last_used: when the password was last used
// Column: access_keys: how many active access keys there are
// Column: principal: the user's ARN
MATCH (u:User)
WHERE u.mfa = false
RETURN u.account AS account, u.name AS user, u.password_last_used AS password_last_used,
       u.access_keys AS access_keys, u.arn AS principal
ORDER BY account, user
