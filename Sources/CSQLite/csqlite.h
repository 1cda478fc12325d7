/* SQLite, and two of its calls with variable arguments, which Swift cannot make. */
#include <sqlite3.h>

/* The table being connected has no side effects, so that everything may read it. */
static inline int exuvia_sqlite3_vtab_innocuous(sqlite3 *database) {
  return sqlite3_vtab_config(database, SQLITE_VTAB_INNOCUOUS);
}

/* Refuses what could harm the database or the process: writing its schema, and functions with side effects from within it. */
static inline int exuvia_sqlite3_be_defensive(sqlite3 *database) {
  int code = sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
  return code == SQLITE_OK ? sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0) : code;
}
