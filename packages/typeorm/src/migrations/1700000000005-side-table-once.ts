import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quoted } from '../result-tables.js';
import type { ResultTables } from '../result-tables.js';

/** The table of ours that tells a task of beat's which has begun from one that has not. */
export function sideTableOnce(tables: ResultTables): new () => MigrationInterface {
  const { once, sidePrefix, taskIdMaxLength } = tables;
  return class implements MigrationInterface {
    readonly name = 'SideTablesOnce1700000000005';

    async up(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(
        `CREATE TABLE IF NOT EXISTS ${once} (
          task_id varchar(${taskIdMaxLength}) NOT NULL CONSTRAINT ${quoted(`${sidePrefix}once_pkey`)} PRIMARY KEY,
          seen_at timestamptz NOT NULL
        )`,
      );
      const index = quoted(`${sidePrefix}once_seen_at_idx`);
      await queryRunner.query(`CREATE INDEX IF NOT EXISTS ${index} ON ${once} (seen_at)`);
    }

    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query(`DROP TABLE IF EXISTS ${once}`);
    }
  };
}
