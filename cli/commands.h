// Every command, by the file that implements it.
#pragma once

#include <vector>

#include "cli/command.h"

namespace gnomon::cli {

Command init_command();  // init.cc
Command plan_command();  // definitions.cc
Command apply_command();
Command run_command();  // runs.cc
Command runs_command();
Command validate_command();     // validate.cc
Command dataset_command();      // dataset.cc
Command materialize_command();  // materialize.cc
Command materialize_incremental_command();
Command compact_command();  // compact.cc
Command push_command();     // push.cc
Command get_command();      // get.cc
Command explain_command();  // explain.cc
Command serve_command();    // serve.cc
Command key_command();      // key.cc
Command verify_command();   // verify.cc
Command backup_command();   // backup.cc
Command restore_command();
Command quarantine_command();  // catalog.cc
Command list_command();
Command describe_command();
Command doctor_command();  // doctor.cc
Command version_command();

}  // namespace gnomon::cli
