// SQLite, and the two destructor constants that Swift's importer cannot see.
#ifndef ACCREDIT_CSQLITE_SHIM_H
#define ACCREDIT_CSQLITE_SHIM_H

#include <sqlite3.h>

#endif
