// results_log.c, results_read.c: what is in the logs is whole, whatever happened to them.
#include <csignal>
#include <cstring>

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result_columns.h"
#include "results_log.h"
#include "sweep_fixture.h"

using namespace sweep_test;

namespace
{

class ResultsLogTest : public SweepTest
{
  protected:
    std::string log_path(int number = 1) const
    {
        char name[32];
        snprintf(name, sizeof name, "/results/%04d.csv", number);
        return folder + name;
    }

    ResultsLog *open_log()
    {
        ResultsLog *log = nullptr;
        EXPECT_EQ(results_log_open(arena, &plan, folder.c_str(), &log, &err), STATUS_OK)
            << err.message;
        return log;
    }

    void append(ResultsLog *log, const Result &result)
    {
        ASSERT_EQ(results_log_append(log, &result, &err), STATUS_OK) << err.message;
    }

    void write_log(uint32_t first, uint32_t end)
    {
        ResultsLog *log = open_log();
        for (uint32_t point = first; point < end; point++)
            append(log, result_of(point, FIDELITY_EVENT));
        results_log_close(log);
    }

    Status read(Results *results)
    {
        arena_reset(scratch);
        return results_read(scratch, &plan, folder.c_str(), results, &err);
    }

    // All that is there is as it was made.
    void expect_true(const Results &results)
    {
        for (uint32_t i = 0; i < N_FIDELITIES * N_POINTS; i++) {
            if (results.row[i] == nullptr)
                continue;
            const Task task = results.row[i]->task;
            EXPECT_EQ(task.point, i % N_POINTS);
            const Result made = result_of(task.point, task.fidelity);
            EXPECT_EQ(result_differs(results.row[i], &made), nullptr);
        }
    }

    Err err = {};
};

TEST_F(ResultsLogTest, NoLogsAreNoResults)
{
    Results results;
    ASSERT_EQ(read(&results), STATUS_OK) << err.message;
    EXPECT_EQ(n_there(results), 0u);
    results_log_close(open_log()); // makes the folder, but no file
    ASSERT_EQ(read(&results), STATUS_OK) << err.message;
    EXPECT_EQ(n_there(results), 0u);
    EXPECT_NE(access(log_path().c_str(), F_OK), 0);
}

TEST_F(ResultsLogTest, EachLogHasAFileOfItsOwn)
{
    ResultsLog *one = open_log(), *other = open_log();
    for (uint32_t point = 0; point < N_POINTS; point++)
        append(point % 2 ? one : other, result_of(point, (Fidelity)(point % N_FIDELITIES)));
    results_log_close(one);
    results_log_close(other);
    write_all(folder + "/results/notes.txt", "no log\n");
    Results results;
    ASSERT_EQ(read(&results), STATUS_OK) << err.message;
    EXPECT_EQ(n_there(results), (uint32_t)N_POINTS);
    EXPECT_EQ(results.n_twice, 0u);
    expect_true(results);
    EXPECT_EQ(access(log_path(2).c_str(), F_OK), 0);
    EXPECT_NE(access(log_path(3).c_str(), F_OK), 0);
}

TEST_F(ResultsLogTest, ALogCutShortAnywhereLosesTheLastLineAlone)
{
    write_log(0, 4);
    const std::string bytes = read_all(log_path());
    std::vector<size_t> ends;
    for (size_t i = 0; i < bytes.size(); i++)
        if (bytes[i] == '\n')
            ends.push_back(i + 1);
    ASSERT_EQ(ends.size(), 6u);
    for (size_t n = bytes.size() + 1; n-- > 0;) {
        ASSERT_EQ(truncate(log_path().c_str(), (off_t)n), 0);
        Results results;
        ASSERT_EQ(read(&results), STATUS_OK) << err.message;
        uint32_t n_whole = 0;
        for (size_t i = 2; i < ends.size(); i++)
            n_whole += ends[i] <= n;
        ASSERT_EQ(n_there(results), n_whole) << n;
        ASSERT_EQ(results.n_notes, 0u) << n;
    }
}

TEST_F(ResultsLogTest, AFlippedBitLosesOneLineAndIsNamed)
{
    write_log(0, 20);
    const std::string bytes = read_all(log_path());
    const size_t header_end = bytes.find('\n', bytes.find('\n') + 1) + 1;
    Rng rng = rng_make(5, 0);
    for (int i = 0; i < 600; i++) {
        std::string other = bytes;
        const size_t at = header_end + rng_below(&rng, bytes.size() - header_end - 1);
        const bool was_break = other[at] == '\n';
        other[at] = (char)(other[at] ^ 1 << rng_below(&rng, 8));
        write_all(log_path(), other);
        Results results;
        ASSERT_EQ(read(&results), STATUS_OK) << err.message;
        EXPECT_EQ(n_there(results), was_break ? 18u : 19u) << at;
        EXPECT_GE(results.n_notes, 1u);
        EXPECT_LE(results.n_notes, 2u);
        expect_true(results);
    }
}

TEST_F(ResultsLogTest, AFlippedBitInTheHeaderLosesTheFileAndNoOther)
{
    write_log(0, 3);
    write_log(3, 6);
    const std::string bytes = read_all(log_path());
    const size_t header_end = bytes.find('\n', bytes.find('\n') + 1) + 1;
    for (size_t at = 0; at < header_end; at += at < 60 ? 1 : 31) {
        std::string other = bytes;
        other[at] = (char)(other[at] ^ 1 << at % 8);
        write_all(log_path(), other);
        Results results;
        ASSERT_EQ(read(&results), STATUS_OK) << at << err.message;
        EXPECT_EQ(n_there(results), 3u) << at;
        EXPECT_EQ(results.n_notes, 1u) << at;
    }
}

TEST_F(ResultsLogTest, ADamagedLineIsToldWithItsPlace)
{
    write_log(0, 3);
    std::string bytes = read_all(log_path());
    bytes[bytes.find("node7")] = 'm';
    write_all(log_path(), bytes);
    Results results;
    ASSERT_EQ(read(&results), STATUS_OK) << err.message;
    ASSERT_EQ(results.n_notes, 1u);
    EXPECT_EQ(results.note[0], log_path() + ":3: a damaged line; its result is not counted");
}

TEST_F(ResultsLogTest, ManyDamagedLinesAreCounted)
{
    write_log(0, 1);
    std::string bytes = read_all(log_path());
    for (int i = 0; i < 100; i++)
        bytes += "no result\n";
    write_all(log_path(), bytes + std::string(3000000, 'x') + "\n");
    Results results;
    ASSERT_EQ(read(&results), STATUS_OK) << err.message;
    EXPECT_EQ(n_there(results), 1u);
    ASSERT_EQ(results.n_notes, 21u);
    EXPECT_STREQ(results.note[20], "81 more damaged lines");
}

TEST_F(ResultsLogTest, LogsOfAnotherPlanAreRefused)
{
    write_log(0, 3);
    plan.hash++;
    Results results;
    EXPECT_EQ(read(&results), STATUS_INPUT);
    EXPECT_EQ(err.message, log_path() + ":1:1: results of another plan (0123456789abcdef); "
                                        "expected results of this sweep (0123456789abcdf0)");
    plan.hash--;
    plan.n_points = 2;
    EXPECT_EQ(read(&results), STATUS_INPUT);
    EXPECT_EQ(err.message,
              log_path() + ":5:1: point 2; expected less than the 2 points of the plan");
}

TEST_F(ResultsLogTest, EqualResultsMayStandTwice)
{
    write_log(0, 10);
    write_log(5, 12);
    Results results;
    ASSERT_EQ(read(&results), STATUS_OK) << err.message;
    EXPECT_EQ(n_there(results), 12u);
    EXPECT_EQ(results.n_twice, 5u);
    ResultsLog *log = open_log();
    Result other = result_of(4, FIDELITY_EVENT);
    other.cores_used++;
    append(log, other);
    results_log_close(log);
    EXPECT_EQ(read(&results), STATUS_INTERNAL);
    EXPECT_NE(strstr(err.message, "point 4 (event)"), nullptr);
    EXPECT_NE(strstr(err.message, "column 'cores_used'"), nullptr);
}

// ---- a full disk, a killed writer --------------------

// In a process of its own: files may have so many bytes. Returns its exit status.
template <typename Work> int in_child(rlim_t most_bytes, Work work)
{
    const pid_t child = fork();
    if (child == 0) {
        const rlimit limit = {most_bytes, most_bytes};
        signal(SIGXFSZ, SIG_IGN);
        _exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 ? work() : 99);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

TEST_F(ResultsLogTest, AFullDiskIsAnErrorAndLeavesWholeLines)
{
    write_log(0, 4); // to know their sizes
    const std::string bytes = read_all(log_path());
    EXPECT_EQ(remove(log_path().c_str()), 0);
    for (rlim_t most = 0; most < bytes.size(); most += 211) {
        const int n_written = in_child(most, [&] {
            ResultsLog *log = open_log();
            int n = 0;
            for (uint32_t point = 0; point < 4; point++) {
                const Result result = result_of(point, FIDELITY_EVENT);
                const Status status = results_log_append(log, &result, &err);
                if (status == STATUS_IO && strstr(err.message, "cannot write") != nullptr)
                    continue;
                if (status != STATUS_OK)
                    return 50;
                n++;
            }
            results_log_close(log);
            return n;
        });
        ASSERT_LT(n_written, 4) << most;
        Results results;
        ASSERT_EQ(read(&results), STATUS_OK) << err.message;
        EXPECT_EQ(n_there(results), (uint32_t)n_written);
        EXPECT_EQ(results.n_notes, 0u);
        expect_true(results);
        EXPECT_EQ(n_written == 0, access(log_path().c_str(), F_OK) != 0) << most;
        remove(log_path().c_str());
    }
}

TEST_F(ResultsLogTest, AKilledWriterLeavesWhatItSaidItWrote)
{
    Rng rng = rng_make(11, 0);
    uint32_t n_before = 0;
    for (int round = 0; round < 12; round++) {
        int said[2];
        ASSERT_EQ(pipe(said), 0);
        const pid_t child = fork();
        if (child == 0) {
            ResultsLog *log = open_log();
            for (uint32_t i = 0; i < N_POINTS; i++) {
                const Result result = result_of(i, FIDELITY_EVENT);
                if (results_log_append(log, &result, &err) != STATUS_OK ||
                    write(said[1], "x", 1) != 1)
                    _exit(1);
            }
            _exit(0);
        }
        close(said[1]);
        const uint64_t n_awaited = rng_below(&rng, N_POINTS);
        char byte;
        uint64_t n_said = 0;
        while (n_said < n_awaited && ::read(said[0], &byte, 1) == 1)
            n_said++;
        usleep((useconds_t)rng_below(&rng, 300));
        kill(child, SIGKILL);
        ASSERT_EQ(waitpid(child, nullptr, 0), child);
        while (::read(said[0], &byte, 1) == 1)
            n_said++;
        close(said[0]);
        Results results;
        ASSERT_EQ(read(&results), STATUS_OK) << err.message;
        EXPECT_GE(n_there(results), std::max((uint64_t)n_before, n_said));
        EXPECT_EQ(results.n_notes, 0u);
        expect_true(results);
        n_before = n_there(results);
    }
}

TEST_F(ResultsLogTest, AFolderThatCannotBeMadeIsAnError)
{
    ResultsLog *log = nullptr;
    write_all(folder, "a file");
    EXPECT_EQ(results_log_open(arena, &plan, folder.c_str(), &log, &err), STATUS_IO);
    EXPECT_EQ(log, nullptr);
    Results results;
    EXPECT_EQ(read(&results), STATUS_IO);
}

} // namespace
