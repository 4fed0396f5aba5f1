import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoted } from '../result-tables.js';
import { ALL, channelSql } from '../schedules/edit-channel.js';
import { existingTriggers, triggersOf } from '../schedules/edit-triggers.js';
import { sessionOf } from '../migrate.js';
import type { ScheduleTables } from '../schedules/schedule-tables.js';

/** Triggers that tell of edits, whoever makes them. Needs the right TRIGGER on Django's tables. */
export function scheduleTriggers(tables: ScheduleTables): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = 'ScheduleTriggers1700000000006';

    async up(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(tellFunction(tables));
      const { existing, possible } = await existingTriggers(sessionOf(queryRunner), tables);
      for (const { name, table, events, level, argument } of triggersOf(tables)) {
        if (existing.has(name) || !possible.has(table)) continue;
        await queryRunner.query(
          `CREATE TRIGGER ${quoted(name)} AFTER ${events} ON ${table} FOR EACH ${level} EXECUTE PROCEDURE ${tables.tell}('${tables.prefix}', '${argument}')`,
        );
      }
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(`DROP FUNCTION IF EXISTS ${tables.tell}() CASCADE`);
    }
  };
}

/**
 * Says in each payload which row of which table it was. What beat itself writes into a task with each run is no edit. Compares rows as they
 * are stored, and names no column in the trigger itself: Django may add columns, drop them or change their types.
 */
function tellFunction({ tell }: ScheduleTables): string {
  return `CREATE OR REPLACE FUNCTION ${tell}() RETURNS trigger LANGUAGE plpgsql AS $tell$
    DECLARE
      channel text := ${channelSql('TG_TABLE_SCHEMA', 'TG_ARGV[0]')};
      kind text := TG_ARGV[1];
    BEGIN
      IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify(channel, '${ALL}');
        RETURN NULL;
      END IF;
      IF TG_OP = 'UPDATE' AND kind = 'task' THEN
        NEW.last_run_at := OLD.last_run_at;
        NEW.total_run_count := OLD.total_run_count;
        NEW.date_changed := OLD.date_changed;
      END IF;
      IF TG_OP = 'UPDATE' AND NOT NEW *<> OLD THEN
        RETURN NULL;
      END IF;
      IF kind = 'policy' THEN
        IF TG_OP <> 'INSERT' THEN PERFORM pg_notify(channel, 'task:' || OLD.periodic_task_id); END IF;
        IF TG_OP <> 'DELETE' THEN PERFORM pg_notify(channel, 'task:' || NEW.periodic_task_id); END IF;
      ELSIF TG_OP = 'DELETE' THEN
        PERFORM pg_notify(channel, kind || ':' || OLD.id);
      ELSE
        PERFORM pg_notify(channel, kind || ':' || NEW.id);
      END IF;
      RETURN NULL;
    END $tell$`;
}
