// SQLite, and the two destructor constants that Swift's importer cannot see.
#ifndef ACCREDIT_CSQLITE_SHIM_H
#define ACCREDIT_CSQLITE_SHIM_H

#include <sqlite3.h>

/// SQLITE_TRANSIENT: SQLite copies what is bound before the call returns.
static inline sqlite3_destructor_type accredit_sqlite_transient(void) {
    return SQLITE_TRANSIENT;
}

/// How many bytes of the pages that a savepoint may have to bring back are held in memory before they
/// go to a temporary file; -1: all of them. To be called before anything is opened.
static inline int accredit_sqlite_hold_savepoints(int bytes) {
    return sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, bytes);
}

#endif
