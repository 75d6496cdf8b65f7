// What becomes of tasks whose workers end well, die, hang, or take too much.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <map>
#include <set>

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "crew_keeper.h"
#include "crew_queue.h"
#include "interrupt.h"
#include "results_log.h"
#include "sweep_fixture.h"

namespace
{

using sweep_test::N_POINTS;

// What a worker does with a task. Workers are forks, so this is theirs too.
std::function<void(Task, Arena *, Result *)> &deed()
{
    static std::function<void(Task, Arena *, Result *)> what;
    return what;
}

void *open_nothing(const Plan *, const char *)
{
    return nullptr;
}

void close_nothing(void *)
{
}

void run_deed(void *, Arena *arena, Task task, Result *out)
{
    out->error = "";
#define X(field) out->field = "";
    RESULT_TEXT_LIST(X)
#undef X
    out->cores_used = task.point;
    if (deed())
        deed()(task, arena, out);
}

class CrewTest : public sweep_test::SweepTest
{
  protected:
    void SetUp() override
    {
        SweepTest::SetUp();
        deed() = nullptr;
        for (uint32_t point = 0; point < N_POINTS; point++)
            tasks.push_back({point, FIDELITY_EVENT});
    }

    // The file is made by the first to ask: is it this one?
    bool first_to(const std::string &name) const
    {
        FILE *file = fopen((root + "/" + name).c_str(), "wx");
        if (file != nullptr)
            fclose(file);
        return file != nullptr;
    }

    static bool keep(void *context, const Result *result)
    {
        auto *test = static_cast<CrewTest *>(context);
        EXPECT_EQ(test->told.count(result->task.point), 0u) << result->task.point;
        const char *line = result_line(test->arena, result);
        auto *copy = ARENA_ARRAY(test->arena, Result, 1);
        EXPECT_TRUE(result_parse(test->arena, line, strlen(line), copy));
        test->told[result->task.point] = copy;
        return test->told.size() < test->enough;
    }

    Status open_crew(uint32_t n_workers)
    {
        const CrewPlace place = {
            &plan, folder.c_str(), {open_nothing, close_nothing, run_deed, nullptr}};
        return crew_open_with(arena, &place, n_workers, &executor, &err);
    }

    Status run(uint32_t n_workers)
    {
        Status status = open_crew(n_workers);
        if (status != STATUS_OK)
            return status;
        status = executor->run(executor, tasks.data(), static_cast<uint32_t>(tasks.size()), keep,
                               this, &err);
        executor->close(executor);
        return status;
    }

    // The logs hold what was told, once.
    void expect_logs()
    {
        Results results;
        ASSERT_EQ(results_read(arena, &plan, folder.c_str(), &results, &err), STATUS_OK)
            << err.message;
        EXPECT_EQ(results.n_twice, 0u);
        EXPECT_EQ(n_there(results), told.size());
        for (const auto &one : told) {
            const Result *there = results_at(&results, one.second->task);
            ASSERT_NE(there, nullptr) << one.first;
            EXPECT_STREQ(result_line(arena, there), result_line(arena, one.second));
        }
    }

    void expect_all_but(const std::set<uint32_t> &others)
    {
        EXPECT_EQ(told.size(), N_POINTS);
        for (const auto &one : told)
            if (others.count(one.first) == 0) {
                EXPECT_EQ(one.second->status, RESULT_OK) << one.first << one.second->error;
                EXPECT_EQ(one.second->cores_used, one.first);
            }
        expect_logs();
    }

    std::vector<Task> tasks;
    std::map<uint32_t, const Result *> told;
    size_t enough = SIZE_MAX;
    Executor *executor = nullptr;
    Err err = {};
};

size_t open_files()
{
    size_t n = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder != nullptr && readdir(folder) != nullptr)
        n++;
    if (folder != nullptr)
        closedir(folder);
    return n;
}

TEST_F(CrewTest, EveryTaskIsDoneOnceByAnyNumberOfWorkers)
{
    for (uint32_t n : {1u, 2u, 5u}) {
        told.clear();
        folder = root + "/" + std::to_string(n) + ".d";
        ASSERT_EQ(run(n), STATUS_OK) << err.message;
        expect_all_but({});
        std::set<uint64_t> workers;
        for (const auto &one : told) {
            workers.insert(one.second->origin.pid);
            EXPECT_EQ(one.second->origin.attempts, 1u);
            EXPECT_STREQ(one.second->origin.host, crew_host(arena));
        }
        EXPECT_EQ(workers.count(static_cast<uint64_t>(getpid())), 0u);
        EXPECT_LE(workers.size(), n);
    }
}

TEST_F(CrewTest, NothingIsLeftOpenAndNobodyUnburied)
{
    const size_t before = open_files();
    deed() = [](Task task, Arena *, Result *) {
        if (task.point % 9 == 4)
            raise(SIGKILL);
    };
    ASSERT_EQ(run(3), STATUS_OK) << err.message;
    EXPECT_EQ(open_files(), before);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST_F(CrewTest, SeveralRunsOfOneCrew)
{
    ASSERT_EQ(open_crew(2), STATUS_OK) << err.message;
    for (uint32_t i = 0; i < N_POINTS; i += 20)
        ASSERT_EQ(executor->run(executor, &tasks[i], 20, keep, this, &err), STATUS_OK);
    EXPECT_EQ(executor->run(executor, nullptr, 0, keep, this, &err), STATUS_OK);
    executor->close(executor);
    expect_all_but({});
}

TEST_F(CrewTest, PointThatKillsItsWorkerIsCrashedAfterAllAttempts)
{
    deed() = [](Task task, Arena *, Result *) {
        if (task.point == 7) {
            signal(SIGSEGV, SIG_DFL);
            raise(SIGSEGV);
        }
        CHECK(task.point != 8);
    };
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    ASSERT_EQ(run(2), STATUS_OK) << err.message;
    EXPECT_EQ(testing::internal::GetCapturedStderr(), ""); // there a progress bar may stand
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    expect_all_but({7, 8});
    EXPECT_EQ(told[7]->status, RESULT_CRASHED);
    EXPECT_STREQ(told[7]->error, "its worker died 3 times: SIGSEGV");
    EXPECT_EQ(told[7]->origin.attempts, 3u);
    EXPECT_EQ(told[8]->status, RESULT_CRASHED);
    EXPECT_EQ(std::string(told[8]->error)
                  .find("its worker died 3 times: exit code 70: internal "
                        "error: "),
              0u)
        << told[8]->error;
    EXPECT_NE(strstr(told[8]->error, "not true: task.point != 8"), nullptr) << told[8]->error;
}

TEST_F(CrewTest, WorkerKilledFromOutsideIsReplacedAndItsTaskDoneAgain)
{
    deed() = [this](Task task, Arena *, Result *) {
        if (task.point % 10 == 3 && first_to(std::to_string(task.point)))
            raise(SIGKILL);
    };
    ASSERT_EQ(run(2), STATUS_OK) << err.message;
    expect_all_but({});
    for (uint32_t point = 0; point < N_POINTS; point++)
        EXPECT_EQ(told[point]->origin.attempts, point % 10 == 3 ? 2u : 1u) << point;
}

TEST_F(CrewTest, PointWhoseWorkerIsAlwaysKilledIsGivenUp)
{
    deed() = [](Task task, Arena *, Result *) {
        if (task.point == 9)
            raise(SIGKILL);
    };
    ASSERT_EQ(run(2), STATUS_OK) << err.message;
    expect_all_but({9});
    EXPECT_EQ(told[9]->status, RESULT_CRASHED);
    EXPECT_STREQ(told[9]->error, "its worker died 10 times: SIGKILL");
    EXPECT_EQ(told[9]->origin.attempts, 10u);
}

TEST_F(CrewTest, IdleWorkersThatAreKilledAreReplaced)
{
    ASSERT_EQ(open_crew(2), STATUS_OK) << err.message;
    ASSERT_EQ(executor->run(executor, tasks.data(), 30, keep, this, &err), STATUS_OK);
    for (const auto &one : told)
        kill(static_cast<pid_t>(one.second->origin.pid), SIGKILL);
    EXPECT_EQ(executor->run(executor, &tasks[30], N_POINTS - 30, keep, this, &err), STATUS_OK);
    executor->close(executor);
    expect_all_but({});
}

TEST_F(CrewTest, PointThatTakesTooLongIsEnded)
{
    sweep.timeout_s = 0.25;
    deed() = [](Task task, Arena *, Result *) {
        while (task.point == 5 || task.point == 6)
            pause();
    };
    ASSERT_EQ(run(2), STATUS_OK) << err.message;
    expect_all_but({5, 6});
    for (uint32_t point : {5u, 6u}) {
        EXPECT_EQ(told[point]->status, RESULT_TIMEOUT);
        EXPECT_STREQ(told[point]->error, "takes longer than 0.25 s");
        EXPECT_GE(told[point]->origin.wall_ms, 250u);
        EXPECT_EQ(told[point]->origin.attempts, 1u);
    }
}

TEST_F(CrewTest, TimeOfATaskIsItsOwnNotThatOfThoseBefore)
{
    sweep.timeout_s = 0.5;
    tasks.resize(12);
    deed() = [](Task, Arena *, Result *) { usleep(100000); };
    ASSERT_EQ(run(1), STATUS_OK) << err.message;
    for (const auto &one : told)
        EXPECT_EQ(one.second->status, RESULT_OK);
    EXPECT_EQ(told.size(), 12u);
}

#if !defined(__SANITIZE_ADDRESS__) // it takes all addresses there are for itself

TEST_F(CrewTest, PointThatNeedsTooMuchMemoryIsToldSo)
{
    sweep.memory_bytes = 64 << 20;
    deed() = [](Task task, Arena *work, Result *) {
        memset(arena_alloc(work, task.point == 11 ? 200 : 20, 1 << 20), 1, 1 << 20);
    };
    ASSERT_EQ(run(2), STATUS_OK) << err.message;
    expect_all_but({11});
    EXPECT_EQ(told[11]->status, RESULT_OUT_OF_MEMORY);
    EXPECT_STREQ(told[11]->error, "needs more than 64 MiB of memory");
}

TEST_F(CrewTest, WhatAWorkerHoldsOfEarlierPointsIsNoPointsFault)
{
    sweep.memory_bytes = 64 << 20;
    deed() = [](Task, Arena *, Result *) {
        if (malloc(20 << 20) == nullptr) // NOLINT: kept, as a cache is
            arena_out_of_memory(20 << 20);
    };
    ASSERT_EQ(run(2), STATUS_OK) << err.message;
    expect_all_but({});
    std::set<uint64_t> workers;
    for (const auto &one : told) {
        workers.insert(one.second->origin.pid);
        EXPECT_EQ(one.second->origin.attempts, 1u);
    }
    EXPECT_GE(workers.size(), N_POINTS / 3);
}

#endif

TEST_F(CrewTest, LogThatCannotBeWrittenEndsTheSweepAndLosesNothing)
{
    deed() = [this](Task task, Arena *, Result *) {
        if (task.point == 30) {
            EXPECT_EQ(rename((folder + "/results").c_str(), (root + "/kept").c_str()), 0);
            write_all(folder + "/results", "no folder");
        }
    };
    const std::vector<Task> all = tasks;
    for (uint32_t i = 0; i < N_POINTS && err.status == STATUS_OK; i++) {
        tasks = {all[i]};
        run(1); // a new worker each time: it is with the first result that a log is made
    }
    EXPECT_EQ(err.status, STATUS_IO);
    EXPECT_NE(strstr(err.message, "/results"), nullptr) << err.message;
    EXPECT_NE(strstr(err.message, "Not a directory"), nullptr) << err.message;
    EXPECT_EQ(told.size(), 30u);
    ASSERT_EQ(remove((folder + "/results").c_str()), 0);
    ASSERT_EQ(rename((root + "/kept").c_str(), (folder + "/results").c_str()), 0);
    expect_logs();
}

TEST_F(CrewTest, NoTaskBeginsAfterDoneAsksForAnEnd)
{
    enough = 10;
    ASSERT_EQ(run(2), STATUS_OK) << err.message;
    EXPECT_GE(told.size(), 10u);
    EXPECT_LE(told.size(), 11u); // the other was under way
    expect_logs();
}

TEST_F(CrewTest, SignalEndsTheWorkSoonAndCleanly)
{
    const auto interrupted = [this] {
        interrupt_watch();
        deed() = [](Task task, Arena *, Result *) {
            if (task.point == 20)
                kill(getppid(), SIGTERM);
            while (task.point == 20 || task.point == 21)
                pause();
        };
        const uint64_t began = crew_clock_ms();
        const Status status = run(2);
        const bool soon = crew_clock_ms() - began < 20000;
        fprintf(stderr, "%s\n", err.message);
        exit(status == STATUS_INTERRUPTED && soon && waitpid(-1, nullptr, 0) == -1 ? 0 : 1);
    };
    EXPECT_EXIT(interrupted(), testing::ExitedWithCode(0), "interrupted after [0-9]+ of 60 tasks");
}

TEST_F(CrewTest, WorkersDieWithTheirManager)
{
    const std::string note = root + "/worker";
    deed() = [&note](Task, Arena *, Result *) {
        write_all(note + ".part", std::to_string(getpid()));
        rename((note + ".part").c_str(), note.c_str());
        for (;;)
            pause();
    };
    const pid_t manager = fork();
    if (manager == 0) {
        run(1);
        _exit(0);
    }
    while (read_all(note).empty())
        usleep(2000);
    const pid_t worker = static_cast<pid_t>(std::stol(read_all(note)));
    EXPECT_EQ(kill(worker, 0), 0);
    kill(manager, SIGKILL);
    waitpid(manager, nullptr, 0);
    // A zombie whose new parent does not look after it is dead, too.
    const auto alive = [worker] {
        const std::string status = read_all("/proc/" + std::to_string(worker) + "/status");
        return !status.empty() && status.find("State:\tZ") == std::string::npos;
    };
    for (int i = 0; i < 5000 && alive(); i++)
        usleep(2000);
    EXPECT_FALSE(alive());
}

TEST_F(CrewTest, ResultWrittenBeforeItsWorkerDiedIsFound)
{
    ResultsLog *log;
    Result mine = result_of(4, FIDELITY_FLIT), found;
    const Task other = {5, FIDELITY_FLIT};

    mine.origin.host = crew_host(arena);
    ASSERT_FALSE(crew_last_result(arena, folder.c_str(), mine.task, 4711, &found));
    ASSERT_EQ(results_log_open(arena, &plan, folder.c_str(), &log, &err), STATUS_OK);
    ASSERT_EQ(results_log_append(log, &mine, &err), STATUS_OK);
    results_log_close(log);
    ASSERT_TRUE(crew_last_result(arena, folder.c_str(), mine.task, 4711, &found));
    EXPECT_STREQ(result_line(arena, &found), result_line(arena, &mine));
    EXPECT_FALSE(crew_last_result(arena, folder.c_str(), mine.task, 4712, &found));
    EXPECT_FALSE(crew_last_result(arena, folder.c_str(), other, 4711, &found));

    const std::string path = folder + "/results/0001.csv", whole = read_all(path);
    write_all(path,
              whole + whole.substr(whole.rfind('\n', whole.size() - 2) + 1, 40)); // half a line
    EXPECT_TRUE(crew_last_result(arena, folder.c_str(), mine.task, 4711, &found));
    write_all(path, whole.substr(0, whole.size() - 1));
    EXPECT_FALSE(crew_last_result(arena, folder.c_str(), mine.task, 4711, &found));
}

TEST_F(CrewTest, KeeperHasAWorkerThatMayDie)
{
    const CrewPlace place = {
        &plan, folder.c_str(), {open_nothing, close_nothing, run_deed, nullptr}};
    Keeper keeper;
    CrewWord word;
    const char *line;

    deed() = [this](Task task, Arena *, Result *) {
        if (task.point == 3 && first_to("3"))
            raise(SIGKILL);
    };
    ASSERT_EQ(keeper_start(&place, &keeper, &err), STATUS_OK) << err.message;
    for (uint32_t point = 0; point < 10; point += 2) { // one is done, the other waits
        EXPECT_TRUE(keeper_give(&keeper, tasks[point]));
        EXPECT_TRUE(keeper_give(&keeper, tasks[point + 1]));
        for (uint32_t i = 0; i < 2; i++) {
            Result result;
            ASSERT_TRUE(keeper_wait(&keeper, 60000));
            ASSERT_TRUE(keeper_hear(&keeper, arena, &word, &line));
            ASSERT_EQ(word, CREW_RESULT) << line;
            ASSERT_TRUE(result_parse(arena, line, strlen(line), &result));
            EXPECT_EQ(result.task.point, point + i);
            EXPECT_EQ(result.origin.attempts, point + i == 3 ? 2u : 1u);
            keep(this, &result);
        }
    }
    EXPECT_FALSE(keeper_wait(&keeper, 0));
    keeper_end(&keeper);
    expect_logs();
}

TEST_F(CrewTest, KeeperEndsThoughItsWorkerIsBusy)
{
    const CrewPlace place = {
        &plan, folder.c_str(), {open_nothing, close_nothing, run_deed, nullptr}};
    Keeper keeper;

    deed() = [](Task, Arena *, Result *) { pause(); };
    ASSERT_EQ(keeper_start(&place, &keeper, &err), STATUS_OK) << err.message;
    EXPECT_TRUE(keeper_give(&keeper, tasks[0]));
    EXPECT_FALSE(keeper_wait(&keeper, 50));
    keeper_end(&keeper);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(CrewTest, KeeperTellsOfALogThatCannotBeWritten)
{
    write_all(folder, "no folder");
    const CrewPlace place = {
        &plan, folder.c_str(), {open_nothing, close_nothing, run_deed, nullptr}};
    Keeper keeper;
    CrewWord word;
    const char *text;

    ASSERT_EQ(keeper_start(&place, &keeper, &err), STATUS_OK) << err.message;
    keeper_give(&keeper, tasks[0]);
    ASSERT_TRUE(keeper_hear(&keeper, arena, &word, &text));
    EXPECT_EQ(word, CREW_TROUBLE);
    EXPECT_NE(strstr(text, folder.c_str()), nullptr) << text;
    keeper_end(&keeper);
}

TEST_F(CrewTest, QueueGivesWholeGroupsAndThenHalves)
{
    uint64_t group[N_POINTS];
    uint32_t task;
    for (uint32_t point = 0; point < N_POINTS; point++)
        group[point] = 1000 - point % 3; // three groups of 20, mixed
    TaskQueue *queue = task_queue_new(arena, tasks.data(), N_POINTS, group, 2);
    std::vector<uint32_t> taken[2];
    while (task_queue_take(queue, 0, &task)) { // the second is slow: one for two of the first
        taken[0].push_back(task);
        if (taken[0].size() % 2 == 0 && task_queue_take(queue, 1, &task))
            taken[1].push_back(task);
    }
    EXPECT_FALSE(task_queue_take(queue, 1, &task));
    EXPECT_EQ(taken[0].size() + taken[1].size(), N_POINTS);
    std::set<uint32_t> all(taken[0].begin(), taken[0].end());
    all.insert(taken[1].begin(), taken[1].end());
    EXPECT_EQ(all.size(), N_POINTS);
    for (size_t i = 0; i < 20; i++) {
        EXPECT_EQ(taken[0][i] % 3, 0u) << i; // the first group
        EXPECT_EQ(taken[0][i], 3 * i);       // in the order given
    }
    for (size_t i = 0; i < taken[1].size() && i < 15; i++)
        EXPECT_EQ(taken[1][i] % 3, 1u) << i; // the second
}

TEST_F(CrewTest, QueueOfNothingIsEmpty)
{
    uint32_t task;
    TaskQueue *queue = task_queue_new(arena, nullptr, 0, nullptr, 3);
    EXPECT_FALSE(task_queue_take(queue, 2, &task));
}

} // namespace
