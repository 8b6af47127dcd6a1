-- How many generations there are of each status, engine and mark, and how long all that is heard of them lasts: kept
-- as rows come and go, since counting a million of them takes a second. Whole microseconds add up without rounding.
CREATE TABLE history_totals (
    status TEXT NOT NULL,
    engine TEXT NOT NULL,
    favorite BOOLEAN NOT NULL,
    generations INTEGER NOT NULL,
    audio_us INTEGER NOT NULL,
    PRIMARY KEY (status, engine, favorite)
) WITHOUT ROWID;

CREATE VIEW history_counted AS
SELECT seq, status, engine, favorite, coalesce(CAST(round(1e6 * versions.duration_s) AS INTEGER), 0) AS audio_us
FROM generations LEFT JOIN versions ON versions.id = generations.default_version_id;

INSERT INTO history_totals
SELECT status, engine, favorite, count(*), sum(audio_us) FROM history_counted GROUP BY status, engine, favorite;

CREATE TRIGGER history_totals_insert AFTER INSERT ON generations BEGIN
    INSERT INTO history_totals
    SELECT status, engine, favorite, 1, audio_us FROM history_counted WHERE seq = new.seq
    ON CONFLICT DO UPDATE SET generations = generations + 1, audio_us = audio_us + excluded.audio_us;
END;
CREATE TRIGGER history_totals_before_update
BEFORE UPDATE OF status, engine, favorite, default_version_id ON generations BEGIN
    INSERT INTO history_totals
    SELECT status, engine, favorite, -1, -audio_us FROM history_counted WHERE seq = old.seq
    ON CONFLICT DO UPDATE SET generations = generations - 1, audio_us = audio_us + excluded.audio_us;
END;
CREATE TRIGGER history_totals_after_update
AFTER UPDATE OF status, engine, favorite, default_version_id ON generations BEGIN
    INSERT INTO history_totals
    SELECT status, engine, favorite, 1, audio_us FROM history_counted WHERE seq = new.seq
    ON CONFLICT DO UPDATE SET generations = generations + 1, audio_us = audio_us + excluded.audio_us;
END;
CREATE TRIGGER history_totals_delete BEFORE DELETE ON generations BEGIN
    INSERT INTO history_totals
    SELECT status, engine, favorite, -1, -audio_us FROM history_counted WHERE seq = old.seq
    ON CONFLICT DO UPDATE SET generations = generations - 1, audio_us = audio_us + excluded.audio_us;
END;

-- A version may come after it was chosen, and go before another is.
CREATE TRIGGER history_totals_version_insert AFTER INSERT ON versions BEGIN
    UPDATE history_totals SET audio_us = audio_us + CAST(round(1e6 * new.duration_s) AS INTEGER)
    WHERE (status, engine, favorite) IN (
        SELECT status, engine, favorite FROM generations WHERE id = new.generation_id AND default_version_id = new.id
    );
END;
CREATE TRIGGER history_totals_version_delete BEFORE DELETE ON versions BEGIN
    UPDATE history_totals SET audio_us = audio_us - CAST(round(1e6 * old.duration_s) AS INTEGER)
    WHERE (status, engine, favorite) IN (
        SELECT status, engine, favorite FROM generations WHERE id = old.generation_id AND default_version_id = old.id
    );
END;
