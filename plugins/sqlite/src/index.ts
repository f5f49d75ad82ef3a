export { openSqlite, type SqliteFile, type SqliteOptions, type SqlValue } from './sqlite-file.js';
