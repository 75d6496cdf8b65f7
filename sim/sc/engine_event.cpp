// engine_event.cpp - runs a Machine to its end under the SystemC kernel.
//
// Takes a Machine that is ready to begin; returns when no event is left. One simulation at a time
// per process, as the kernel is global; afterwards the modules are gone and the kernel is reset,
// so that the next run starts at time 0 again. The kernel prints nothing: its reports become
// exceptions, which end here.
#include <exception>
#include <new>
#include <systemc>

#include "chip_sc.hpp"

// The SystemC library wants one; ours is never called. Weak, so that a program that uses Egret as a
// library may have its own.
extern "C" __attribute__((weak)) int sc_main(int, char **)
{
    return 0;
}

namespace
{

void run_kernel(Machine &machine)
{
    const egret::MachineChip chip("chip", machine);
    sc_core::sc_start();
}

} // namespace

extern "C" Status engine_event_run(Machine *machine, Err *err)
{
    Status status = STATUS_OK;
    try {
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
        sc_core::sc_report_handler::set_actions(sc_core::SC_ERROR, sc_core::SC_THROW);
        sc_core::sc_report_handler::set_actions(sc_core::SC_FATAL, sc_core::SC_THROW);
        run_kernel(*machine);
    } catch (const std::bad_alloc &) {
        arena_out_of_memory(0);
    } catch (const std::exception &failure) {
        status = err_set(err, STATUS_INTERNAL, "SystemC: %s", failure.what());
    } catch (...) {
        status = err_set(err, STATUS_INTERNAL, "SystemC: unknown exception");
    }
    sc_core::sc_get_curr_simcontext()->reset();
    return status;
}
