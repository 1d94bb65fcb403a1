#include "dist/communicator.h"

#include "dist/current_communicator.h"

namespace cxr {

Communicator*& current_communicator() {
  static LocalCommunicator local;
  static Communicator* current = &local;
  if (!current) current = &local;
  return current;
}

Communicator& world() { return *current_communicator(); }

} // namespace cxr
