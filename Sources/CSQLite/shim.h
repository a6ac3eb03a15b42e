// SQLite, and the two destructor constants that Swift's importer cannot see.
#ifndef ACCREDIT_CSQLITE_SHIM_H
#define ACCREDIT_CSQLITE_SHIM_H

#include <sqlite3.h>

/// SQLITE_TRANSIENT: SQLite copies what is bound before the call returns.
static inline sqlite3_destructor_type accredit_sqlite_transient(void) {
    return SQLITE_TRANSIENT;
}

#endif
