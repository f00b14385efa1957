/* SPDX-License-Identifier: MIT */
/*
 * The machine as a tree for a person. Cores that lie together under one shared
 * cache make one line, so that 128 PUs stay readable:
 *
 *   package 0
 *     NUMA node 0
 *       L3 32 MiB, 8 cores: 0+64 1+65 2+66 3+67 (4+68) ...
 */
#include "harness/topology/internal.h"
#include "harness/topology/pu_list.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 80

/* Words put one after the other, broken before column 80. */
struct line {
    FILE *out;
    int column;
    int indent; /* of the lines that follow */
};

static void line_word(struct line *line, const char *space, const char *word)
{
    int length = (int)(strlen(space) + strlen(word));
    if (line->column + length > COLUMNS) {
        fprintf(line->out, "\n%*s", line->indent, "");
        line->column = line->indent;
    }
    fprintf(line->out, "%s%s", space, word);
    line->column += length;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* The objects that hold a core, from the outside in. */
struct holders {
    hwloc_obj_t package;
    int numa; /* OS index of the nearest node; -1: none */
    hwloc_obj_t cache;
    int efficiency;
};

static hwloc_obj_t shared_cache(hwloc_obj_t core)
{
    hwloc_obj_t found = NULL;
    for (hwloc_obj_t up = core->parent; up; up = up->parent) {
        if (hwloc_obj_type_is_dcache(up->type) && up->arity > 1) {
            found = up;
        }
    }
    return found;
}

static struct holders holders_of(const struct topology *topology,
                                 hwloc_obj_t core)
{
    int efficiency = -1;
    int kind = hwloc_cpukinds_get_by_cpuset(topology->hwloc, core->cpuset, 0);
    if (kind >= 0 && hwloc_cpukinds_get_nr(topology->hwloc, 0) > 1) {
        hwloc_cpukinds_get_info(topology->hwloc, (unsigned)kind, NULL,
                                &efficiency, NULL, NULL, 0);
    }
    return (struct holders){
        .package = hwloc_get_ancestor_obj_by_type(topology->hwloc,
                                                  HWLOC_OBJ_PACKAGE, core),
        .numa = core->nodeset ? hwloc_bitmap_first(core->nodeset) : -1,
        .cache = shared_cache(core),
        .efficiency = efficiency,
    };
}

static bool same_line(const struct holders *a, const struct holders *b)
{
    return a->package == b->package && a->numa == b->numa &&
           a->cache == b->cache && a->efficiency == b->efficiency;
}

/* Lines for the objects in which `now` differs from the core before it. */
static void print_heads(const struct holders *before, const struct holders *now,
                        FILE *out)
{
    bool new_package = !before || before->package != now->package;
    if (now->package && new_package) {
        fprintf(out, "  package %u\n", now->package->logical_index);
    }
    if (now->numa >= 0 && (new_package || before->numa != now->numa)) {
        fprintf(out, "    NUMA node %d\n", now->numa);
    }
}

/* "L3 32 MiB, " in front of the cores that share it. */
static int print_cache(hwloc_obj_t cache, FILE *out)
{
    if (!cache) {
        return 0;
    }
    unsigned long long kib = cache->attr->cache.size / 1024;
    if (kib == 0) {
        return fprintf(out, "L%u, ", cache->attr->cache.depth);
    }
    return kib % 1024 == 0
               ? fprintf(out, "L%u %llu MiB, ", cache->attr->cache.depth,
                         kib / 1024)
               : fprintf(out, "L%u %llu KiB, ", cache->attr->cache.depth, kib);
}

/* A core as "0+64"; in brackets what this process may not use. */
static void print_core(const struct topology *topology, hwloc_obj_t core,
                       struct line *line)
{
    char word[128] = "";
    size_t length = 0;
    unsigned pu;
    hwloc_bitmap_foreach_begin(pu, core->cpuset)
    {
        bool allowed = hwloc_bitmap_isset(topology->allowed, pu);
        int n = snprintf(word + length, sizeof(word) - length,
                         allowed ? "%s%u" : "%s(%u)", length ? "+" : "", pu);
        length += (size_t)n;
        if (length + 16 > sizeof(word)) {
            break;
        }
    }
    hwloc_bitmap_foreach_end();
    line_word(line, " ", word);
}

static const char *speed(const struct topology *topology, int efficiency)
{
    int kinds = hwloc_cpukinds_get_nr(topology->hwloc, 0);
    if (efficiency < 0) {
        return "";
    }
    return efficiency == kinds - 1 ? "fast "
           : efficiency == 0       ? "slow "
                                   : "medium ";
}

/* One line: the `n` cores from `core` on. */
static void print_cores(const struct topology *topology, hwloc_obj_t core,
                        size_t n, const struct holders *holders, FILE *out)
{
    struct line line = {.out = out, .indent = 8};
    line.column = fprintf(out, "      ");
    line.column += print_cache(holders->cache, out);
    line.column += fprintf(out, "%zu %score%s:", n,
                           speed(topology, holders->efficiency), plural(n));
    for (size_t i = 0; i < n; i++, core = core->next_cousin) {
        print_core(topology, core, &line);
    }
    fputc('\n', out);
}

static void print_tree(const struct topology *topology, FILE *out)
{
    int depth = hwloc_get_type_or_below_depth(topology->hwloc, HWLOC_OBJ_CORE);
    hwloc_obj_t core = hwloc_get_obj_by_depth(topology->hwloc, depth, 0);
    struct holders before;
    for (bool first = true; core; first = false) {
        struct holders now = holders_of(topology, core);
        hwloc_obj_t end = core->next_cousin;
        size_t n = 1;
        for (; end; end = end->next_cousin, n++) {
            struct holders next = holders_of(topology, end);
            if (!same_line(&now, &next)) {
                break;
            }
        }
        print_heads(first ? NULL : &before, &now, out);
        print_cores(topology, core, n, &now, out);
        before = now;
        core = end;
    }
}

static void print_allowed(const struct topology *topology,
                          const struct topology_facts *facts, FILE *out)
{
    char *pus = pu_list_format(topology->pus, topology->n);
    struct line line = {.out = out, .indent = 11};
    line.column = fprintf(out, "Allowed    PU%s ", plural(facts->pus));
    char *rest = pus;
    for (char *word; (word = strsep(&rest, "+"));) {
        char text[32]; /* a long list breaks after a separator */
        snprintf(text, sizeof(text), "%.24s%s", word, rest ? "+" : "");
        line_word(&line, "", text);
    }
    fprintf(out, "\n           %zu of %zu online%s%s\n", facts->pus,
            facts->pus_machine,
            facts->pus < facts->pus_machine ? "; the others in brackets" : "",
            facts->smt ? "; a+b: the PUs of one core" : "");
    free(pus);
}

void topology_print(const struct topology *topology, FILE *out)
{
    struct topology_facts facts;
    topology_facts(topology, &facts);
    fprintf(out,
            "Machine    %zu package%s, %zu NUMA node%s, %zu core%s, "
            "%zu PU%s allowed%s%s\n",
            facts.packages, plural(facts.packages), facts.numa_nodes,
            plural(facts.numa_nodes), facts.cores, plural(facts.cores),
            facts.pus, plural(facts.pus), facts.smt ? ", SMT" : "",
            facts.hybrid ? ", hybrid" : "");
    print_tree(topology, out);
    print_allowed(topology, &facts, out);
    if (facts.quota_cpus > 0) {
        fprintf(out, "CPU quota  %.2f CPUs\n", facts.quota_cpus);
    } else {
        fprintf(out, "CPU quota  none\n");
    }
}
