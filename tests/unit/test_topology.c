/* SPDX-License-Identifier: MIT */
/* The machine as this process sees it, quotas, and binding for real. */
#undef NDEBUG
#include "harness/base/cgroup.h"
#include "harness/base/cleanup.h"
#include "harness/base/memory.h"
#include "harness/topology/binding.h"
#include "harness/topology/topology.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void facts_of(const char *description, struct topology_facts *ret)
{
    struct topology *topology;
    assert(topology_load_synthetic(description, &topology, NULL) == 0);
    topology_facts(topology, ret);
    topology_free(topology);
}

static void test_synthetic(void)
{
    struct topology_facts facts;
    facts_of("pack:2 numa:2 l3:2 core:8 pu:2", &facts);
    assert(facts.packages == 2 && facts.numa_nodes == 4);
    assert(facts.cores == 64 && facts.pus == 128 && facts.pus_machine == 128);
    assert(facts.smt && !facts.hybrid && facts.quota_cpus == 0);
    facts_of("numa:1 pu:3",
             &facts); /* no packages, no cores: still a machine */
    assert(facts.cores == 3 && facts.pus == 3 && !facts.smt);
    struct diag diag = {""};
    struct topology *none = NULL;
    assert(topology_load_synthetic("pack:", &none, &diag) == -EINVAL);
    assert(strstr(diag.text, "pack:") && !none);
    topology_free(NULL);
}

static void test_restrict(void)
{
    struct topology *topology;
    struct topology_facts before;
    struct topology_facts facts;
    struct diag diag = {""};
    assert(topology_load_synthetic("pack:2 numa:1 core:2 pu:2", &topology,
                                   NULL) == 0);
    topology_facts(topology, &before);
    assert(topology_restrict(topology, "4+6-7", &diag) == 0);
    topology_facts(topology, &facts);
    assert(facts.packages == 1 && facts.numa_nodes == 1 && facts.cores == 2);
    assert(facts.pus == 3 && facts.pus_machine == 8 && facts.smt);
    assert(strlen(facts.digest) == 16);
    assert(strcmp(facts.digest, before.digest) != 0);
    const int *pus;
    assert(topology_pus(topology, &pus) == 3);
    assert(pus[0] == 4 && pus[1] == 6 && pus[2] == 7);
    assert(topology_allows(topology, 6) && !topology_allows(topology, 5));
    assert(!topology_allows(topology, -1));
    assert(topology_restrict(topology, "0", &diag) == -EINVAL);
    assert(topology_restrict(topology, "x", &diag) == -EINVAL);
    topology_free(topology);
}

static void test_digest(void)
{
    struct topology_facts a;
    struct topology_facts b;
    facts_of("pack:1 numa:1 core:4 pu:1", &a);
    facts_of("pack:1 numa:1 core:4 pu:1", &b);
    assert(strcmp(a.digest, b.digest) == 0);
    facts_of("pack:1 numa:1 core:2 pu:2", &b);
    assert(strcmp(a.digest, b.digest) != 0);
}

/* No line above 80 columns, also with 128 PUs. */
static void test_print(void)
{
    struct topology *topology;
    _cleanup_(free_p) char *text = NULL;
    size_t size;
    assert(topology_load_synthetic("pack:2 numa:2 l3:2 core:8 pu:2", &topology,
                                   NULL) == 0);
    assert(topology_restrict(topology,
                             "0-7+9+11+13+15+17+19+21+23+25+27+29+"
                             "31+33+35+37+39+41+43+45+47+49+51+53+55+120-127",
                             NULL) == 0);
    topology_set_quota(topology, 2.5);
    FILE *file = open_memstream(&text, &size);
    topology_print(topology, file);
    assert(fclose(file) == 0);
    assert(strstr(text, "2 packages") && strstr(text, "(126)") == NULL);
    assert(strstr(text, "(118)+(119)") && strstr(text, "2.50 CPUs"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert(strlen(line) <= 80);
    }
    topology_free(topology);
}

static void write_file(const char *root, const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", root, path);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/'));
         slash++) {
        *slash = '\0';
        assert(mkdir(full, 0777) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void remove_tree(const char *root)
{
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        execlp("rm", "rm", "-rf", root, (char *)NULL);
        _exit(127);
    }
    int status;
    assert(waitpid(child, &status, 0) == child && status == 0);
}

static void make_root(char *root)
{
    strcpy(root, "/tmp/gilbench-test-XXXXXX");
    assert(mkdtemp(root));
}

/* The machine's, or what is left in the tightest cgroup on the way up; cached
 * files do not count as used. */
static void test_memory(void)
{
    char root[64];
    make_root(root);
    assert(memory_available(root) == UINT64_MAX);
    write_file(root, "proc/meminfo",
               "MemTotal:       8000 kB\nMemAvailable:   5000 kB\n");
    assert(memory_available(root) == 5000 * 1024);
    write_file(root, "proc/self/cgroup", "1:memory:/old\n0::/a/b\n");
    assert(memory_available(root) == 5000 * 1024);
    write_file(root, "sys/fs/cgroup/a/b/memory.max", "max\n");
    write_file(root, "sys/fs/cgroup/a/memory.max", "3000000\n");
    write_file(root, "sys/fs/cgroup/a/memory.current", "1000000\n");
    assert(memory_available(root) == 2000000);
    write_file(root, "sys/fs/cgroup/a/memory.stat",
               "anon 1\ninactive_file 400000\n");
    assert(memory_available(root) == 2400000);
    write_file(root, "sys/fs/cgroup/memory/old/memory.limit_in_bytes", "500\n");
    write_file(root, "sys/fs/cgroup/memory/old/memory.usage_in_bytes", "700\n");
    assert(memory_available(root) == 0);
    remove_tree(root);
}

/* The parent's limit is the tighter one. */
static void test_quota_v2(void)
{
    char root[64];
    struct cgroup_cpu cpu;
    make_root(root);
    write_file(root, "proc/self/cgroup", "0::/a/b:c/d\n");
    write_file(root, "proc/self/mountinfo",
               "30 1 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n");
    cgroup_cpu_read(root, &cpu);
    assert(cpu.quota_cpus == 0 && cpu.stat[0] == '\0');
    write_file(root, "sys/fs/cgroup/a/b:c/d/cpu.max", "max 100000\n");
    write_file(root, "sys/fs/cgroup/a/b:c/d/cpu.stat",
               "usage_usec 1\nthrottled_usec 5\n");
    cgroup_cpu_read(root, &cpu);
    assert(cpu.quota_cpus == 0 && strstr(cpu.stat, "/a/b:c/d/cpu.stat"));
    write_file(root, "sys/fs/cgroup/a/b:c/d/cpu.max", "400000 100000\n");
    write_file(root, "sys/fs/cgroup/a/cpu.max", "150000 100000\n");
    write_file(root, "sys/fs/cgroup/a/cpu.stat", "throttled_usec 7\n");
    cgroup_cpu_read(root, &cpu);
    assert(fabs(cpu.quota_cpus - 1.5) < 1e-9);
    assert(strstr(cpu.stat, "/cgroup/a/cpu.stat"));
    remove_tree(root);
}

/* Version 1, in a container: the mount shows only the container's part. */
static void test_quota_v1(void)
{
    char root[64];
    struct cgroup_cpu cpu;
    make_root(root);
    write_file(root, "proc/self/cgroup",
               "5:cpuset:/x\n4:cpu,cpuacct:/docker/abc/sub\n0::/\n");
    write_file(root, "proc/self/mountinfo",
               "31 1 0:27 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup "
               "ro,cpu,cpuacct\n"
               "32 1 0:28 / /sys/fs/cgroup/cpuset ro - cgroup c rw,cpuset\n");
    write_file(root, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
    write_file(root, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    write_file(root, "sys/fs/cgroup/cpu/sub/cpu.cfs_quota_us", "-1\n");
    write_file(root, "sys/fs/cgroup/cpu/sub/cpu.cfs_period_us", "100000\n");
    cgroup_cpu_read(root, &cpu);
    assert(fabs(cpu.quota_cpus - 0.5) < 1e-9);
    remove_tree(root);
    cgroup_cpu_read("/nonexistent", &cpu);
    assert(cpu.quota_cpus == 0 && cpu.stat[0] == '\0');
}

static int bound_pu(void)
{
    cpu_set_t set;
    assert(sched_getaffinity(0, sizeof(set), &set) == 0);
    int pu = -1;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &set)) {
            pu = pu == -1 ? i : -2;
        }
    }
    return pu;
}

static void *bind_thread(void *pu)
{
    assert(binding_bind(*(int *)pu, NULL) == 0);
    assert(bound_pu() == *(int *)pu);
    assert(sched_getcpu() == *(int *)pu);
    return NULL;
}

/* Threads on every allowed PU in turn, while main stays unbound. */
static void test_binding(const struct topology *topology)
{
    cpu_set_t given;
    cpu_set_t after;
    assert(sched_getaffinity(0, sizeof(given), &given) == 0);
    assert(binding_init(NULL) == 0);
    const int *pus;
    size_t n = topology_pus(topology, &pus);
    for (size_t i = 0; i < n; i++) {
        pthread_t thread;
        int pu = pus[i];
        assert(pthread_create(&thread, NULL, bind_thread, &pu) == 0);
        assert(pthread_join(thread, NULL) == 0);
    }
    assert(binding_bind(pus[n - 1], NULL) == 0);
    assert(bound_pu() == pus[n - 1]);
    assert(binding_unbind(NULL) == 0);
    assert(sched_getaffinity(0, sizeof(after), &after) == 0);
    assert(CPU_EQUAL(&given, &after));
    struct diag diag = {""};
    assert(binding_bind(60000, &diag) == -EINVAL && diag.text[0]);
    assert(binding_bind(-1, &diag) == -EINVAL);
    binding_deinit();
    binding_deinit();
}

/* A process that was given one PU sees one PU and cannot leave it. */
static void test_given_one(int pu, int other)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(pu, &one);
    assert(sched_setaffinity(0, sizeof(one), &one) == 0);
    struct topology *topology;
    assert(topology_load(&topology, NULL) == 0);
    const int *pus;
    assert(topology_pus(topology, &pus) == 1 && pus[0] == pu);
    assert(binding_init(NULL) == 0);
    assert(other == pu || binding_bind(other, NULL) == -EINVAL);
    assert(binding_bind(pu, NULL) == 0);
    binding_deinit();
    topology_free(topology);
}

static void test_this_machine(void)
{
    struct topology *topology;
    struct topology_facts facts;
    setenv("HWLOC_PLUGINS_PATH", "/somewhere", 1);
    assert(topology_load(&topology, NULL) == 0);
    assert(strcmp(getenv("HWLOC_PLUGINS_PATH"), "/somewhere") == 0);
    unsetenv("HWLOC_PLUGINS_PATH");
    topology_facts(topology, &facts);
    const int *pus;
    size_t n = topology_pus(topology, &pus);
    cpu_set_t set;
    assert(sched_getaffinity(0, sizeof(set), &set) == 0);
    assert(n == facts.pus && n <= facts.pus_machine);
    assert((int)n <= CPU_COUNT(&set) && facts.cores <= n);
    for (size_t i = 0; i < n; i++) {
        assert(CPU_ISSET(pus[i], &set));
    }
    test_binding(topology);
    int first = pus[0];
    int last = pus[n - 1];
    topology_free(topology);
    test_given_one(last, first);
}

static void test_other_machine(void)
{
    struct topology *topology = NULL;
    struct diag diag = {""};
    setenv("HWLOC_SYNTHETIC", "numa:1 pu:2", 1);
    assert(topology_load(&topology, &diag) == -EINVAL && !topology);
    assert(strstr(diag.text, "HWLOC_SYNTHETIC"));
    unsetenv("HWLOC_SYNTHETIC");
}

int main(void)
{
    test_synthetic();
    test_restrict();
    test_digest();
    test_print();
    test_memory();
    test_quota_v2();
    test_quota_v1();
    test_other_machine();
    test_this_machine();
    return 0;
}
