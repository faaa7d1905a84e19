// Title: What a principal reaches
// Question: Which principals can a principal become in up to three hops?
// Parameter: principal (text, example "carla.mendes"): its ARN or name
// Parameter: hops (number, default 3): at most so many hops
// Column: reached: the ARN of the one that is reached, or administrator:ACCOUNT
// Column: hops: fewest hops, whether certain or not
// Column: certain: true where each of these hops holds with what is known
MATCH way = (p:Principal)-[:CAN_ASSUME|CAN_ESCALATE*1..3]->(t:Principal)
WHERE (p.arn = $principal OR (p.name = $principal AND p.loaded = true)) AND t.arn <> p.arn
      AND length(way) <= $hops
WITH t.arn AS reached, length(way) AS length,
     all(e IN relationships(way) WHERE e.verdict = 'allowed') AS sure
WITH reached, length, max(CASE WHEN sure THEN 1 ELSE 0 END) AS sure
ORDER BY reached, length
WITH reached, collect(length) AS lengths, collect(sure) AS sures
RETURN reached, lengths[0] AS hops, sures[0] = 1 AS certain
ORDER BY hops, reached
