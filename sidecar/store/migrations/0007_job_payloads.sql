-- The first programs kept a take's seed and settings with its generation alone, and knew neither effects nor streams.
UPDATE jobs SET payload = json_insert(
    payload,
    '$.seed', (SELECT seed FROM generations WHERE id = subject),
    '$.settings', json((SELECT settings FROM generations WHERE id = subject)),
    '$.stream', json('false')
)
WHERE kind = 'generation' AND subject IN (SELECT id FROM generations);
UPDATE jobs SET payload = json_insert(payload, '$.settings.effects', json('[]')) WHERE kind = 'generation';
