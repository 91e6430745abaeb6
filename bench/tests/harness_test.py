"""Tests of the code that measures: ratios, means, failures, limits, tables and plots."""
import os
import sys
import tempfile
import unittest
import xml.dom.minidom
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))

from harness import guard, plot, profile, strict, tables  # noqa: E402
from harness.allocators import Allocator  # noqa: E402
from harness.campaign import Campaign  # noqa: E402
from harness.measure import Measurer, Sample  # noqa: E402
from harness.summary import Results, means  # noqa: E402
from harness.workloads import Workload  # noqa: E402

GLIBC = Allocator('glibc', 'glibc malloc')
TREE = os.environ.get('PADLOCK_BENCH_TREE', 'build/release')


def results_of(walls):
    """{(allocator, workload): [seconds or what failed]}"""
    results = Results()
    for (allocator, workload), values in walls.items():
        for value in values:
            good = not isinstance(value, str)
            results.add(allocator, workload, Sample(wall=value) if good else Sample(failure=value))
    return results


class StrictTest(unittest.TestCase):
    @staticmethod
    def results(strict_samples):
        results = Results()
        for sample in strict_samples:
            results.add('strict', 'w', sample)
        results.add('glibc', 'w', Sample(cpu=1))
        results.add('memcheck', 'w', Sample(cpu=9))
        return results

    def test_the_least_share_of_all_rounds_counts(self):
        results = self.results([Sample(cpu=4, note='100.0'), Sample(cpu=2, note='95.0'), Sample(cpu=3, note='99.0')])
        self.assertEqual(strict.row(results, 'w'), (3, 9, 95.0))
        self.assertIn('| w | 1.00 | 3.00 | 9.00 | 3.00 | 95.0 % |', strict.table(results, ['w']))

    def test_a_time_with_too_few_guarded_blocks_or_an_unknown_share_is_no_comparison(self):
        for note in '94.9', '':
            table = strict.table(self.results([Sample(cpu=3, note=note)]), ['w'])
            self.assertIn('| w | 1.00 | 3.00 | 9.00 | - |', table)
            self.assertIn('| **geometric mean** | | | | **-** | |', table)

    def test_a_run_that_failed_is_no_comparison(self):
        table = strict.table(self.results([Sample(failure='time-out')]), ['w'])
        self.assertIn('| w | 1.00 | - | 9.00 | - | - % |', table)


class ProfileTest(unittest.TestCase):
    def test_each_sample_belongs_to_one_part(self):
        functions = {
            'malloc+0x10': ['padlock::core::seal_of', 'malloc'], 'malloc+0x20': ['padlock::trace::Memo::recall', 'malloc'],
            'intern+0x3': ['padlock::trace::Depot::intern'], 'evict+0x1': ['Quarantine::pop', 'BlockCache::evict'],
            'check+0x2': ['padlock::core::Heap::check_region'], 'lend+0x1': ['padlock::core::Heap::lend']}
        counted = profile.parts(profile.samples_in([
            '    7f00 malloc+0x10 (/x/libpadlock.so)', '    7f01 malloc+0x20 (/x/libpadlock.so)',
            '    7f02 intern+0x3 (/x/libpadlock.so)', '    7f03 _Unwind_Find_FDE+0x1 (/x/libpadlock.so)',
            '    7f04 evict+0x1 (/x/libpadlock.so)', '    7f05 check+0x2 (/x/libpadlock.so)',
            '    7f06 lend+0x1 (/x/libpadlock.so)', ' ffff clear_page_erms+0x0 ([kernel.kallsyms])',
            '    7f07 malloc+0x4 (/usr/lib/libc.so.6)', '    7f08 _int_free+0x4 (/usr/lib/libc.so.6)',
            '    7f09 memmove+0x4 (/usr/lib/libc.so.6)', '    7f0a [unknown] ([vdso])', '']), functions)
        self.assertEqual(counted, {'paths': 1, 'known stacks': 1, 'new stacks': 2, 'quarantine': 1, 'checks': 1,
                                   'arenas': 1, 'kernel': 1, 'malloc': 2, 'rest': 2})

    def test_a_place_in_a_library_has_its_functions_innermost_first(self):
        library = os.path.join(TREE, 'lib/libpadlock.so')
        found = profile.functions_at(library, {'malloc+0x1', 'no_such_symbol+0x1'})
        self.assertEqual(list(found), ['malloc+0x1'])
        self.assertEqual(found['malloc+0x1'][-1], 'malloc')

    def test_a_row_is_in_hundredths_of_the_time_under_glibc(self):
        cells = profile.row('w', Counter({'malloc': 50, 'rest': 150}), Counter({'rest': 160, 'paths': 40, 'checks': 20}))
        self.assertEqual(cells, '| w | 25 | 75 | 80 | 0 | 20 | 0 | 0 | 0 | 0 | 10 | 110 |')


class SummaryTest(unittest.TestCase):
    def test_ratio_is_of_medians(self):
        results = results_of({('glibc', 'w'): [1.0, 9.0, 2.0], ('a', 'w'): [3.0, 5.0, 4.0]})
        self.assertEqual(results.ratio('a', 'w', 'wall'), 2.0)
        self.assertEqual(results.spread('glibc', 'w', 'wall'), 2.0)

    def test_one_failed_round_fails_the_workload(self):
        results = results_of({('glibc', 'w'): [1.0], ('a', 'w'): [3.0, 'time-out']})
        self.assertIsNone(results.ratio('a', 'w', 'wall'))
        self.assertEqual(results.failure('a', 'w'), 'time-out')
        self.assertEqual(results.failure('a', 'other'), 'not run')

    def test_means_are_over_what_all_ranked_allocators_finish(self):
        walls = {('glibc', w): [1.0] for w in 'xyz'}
        walls |= {('a', 'x'): [2.0], ('a', 'y'): [8.0], ('a', 'z'): [100.0]}
        walls |= {('b', 'x'): [1.0], ('b', 'y'): [4.0], ('b', 'z'): ['SIGSEGV']}
        walls |= {('c', 'x'): [1.0], ('c', 'y'): ['time-out'], ('c', 'z'): ['time-out']}
        mean, common = means(results_of(walls), ['glibc', 'a', 'b', 'c'], list('xyz'), 'wall')
        self.assertEqual(common, ['x', 'y'])
        self.assertAlmostEqual(mean['a'], 4.0)
        self.assertAlmostEqual(mean['b'], 2.0)
        self.assertIsNone(mean['c'])


class TableTest(unittest.TestCase):
    def test_failures_are_shown(self):
        workload = Workload('w', 'kernel', ('true',))
        results = results_of({('glibc', 'w'): [2.0], ('a', 'w'): [3.0], ('b', 'w'): ['time-out']})
        page = tables.group_table(results, [GLIBC, Allocator('a', ''), Allocator('b', '')], [workload], 'wall')
        self.assertEqual(page[2], '| w | 2.00 s ±0% | 1.50 | time-out |')
        self.assertEqual(page[3], '| **geometric mean** |  | **1.50** | - |')


class GuardTest(unittest.TestCase):
    def test_growth_above_three_percent_fails(self):
        self.assertTrue(guard.compare({'same': 100.0}, {'same': 103.0})[1])
        self.assertFalse(guard.compare({'same': 100.0}, {'same': 103.1})[1])
        self.assertTrue(guard.compare({'same': 100.0}, {'same': 50.0})[1])
        self.assertFalse(guard.compare({}, {'same': 50.0})[1])

    def test_instructions_that_seem_to_have_grown_are_counted_again_twice_at_most(self):
        again = iter([104.0, 103.5, 50.0])
        self.assertEqual(guard.least({'same': 100.0}, {'same': 105.0}, lambda _: next(again)), {'same': 103.5})
        again = iter([102.0, 50.0])
        self.assertEqual(guard.least({'same': 100.0}, {'same': 105.0}, lambda _: next(again)), {'same': 102.0})
        self.assertEqual(guard.least({'same': 100.0}, {'same': 103.0}, None), {'same': 103.0})


class PlotTest(unittest.TestCase):
    def test_plots_are_well_formed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'plot.svg')
            plot.bars(path, 'a < b', [('means', [('glibc', 1.0), ('padlock', 1.5), ('duma', None)])])
            xml.dom.minidom.parse(path)
            plot.dots(path, 'a & b', ['glibc', 'padlock'], [('w', {'glibc': 1.0}, ['padlock'])])
            xml.dom.minidom.parse(path)
            plot.lines(path, 'lines', 'threads', {'glibc': [(1, 0.5), (2, 0.6)], 'padlock': [(1, 0.7)]})
            xml.dom.minidom.parse(path)


class MeasureTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.measurer = Measurer(TREE, self._folder.name)

    def run_shell(self, text, limit=20, **more):
        return self.measurer.run(Workload('w', 'kernel', ('sh', '-c', text), **more), GLIBC, limit)

    def test_ends_well(self):
        sample = self.run_shell('echo hello')
        self.assertEqual(sample.failure, '')
        self.assertGreater(sample.peak_kib, 0)
        self.assertEqual(sample.digest, self.run_shell('printf "hello\\n"').digest)

    def test_exit_status_and_signal_are_failures(self):
        self.assertEqual(self.run_shell('exit 3').failure, 'exit 3')
        self.assertEqual(self.run_shell('kill -SEGV $$').failure, 'SIGSEGV')

    def test_limit_ends_the_program_and_its_children(self):
        self.assertEqual(self.run_shell('sleep 600 & sleep 600', limit=1).failure, 'time-out')

    def test_peak_is_the_programs_own(self):
        ballast = bytearray(200 << 20)
        self.assertLess(self.run_shell('true').peak_kib, 50 << 10)
        self.assertEqual(len(ballast), 200 << 20)

    def test_environment_reaches_the_program(self):
        self.assertEqual(self.run_shell('test "$COLOUR" = blue', env=('COLOUR=blue',)).failure, '')

    def test_wrong_output_is_a_failure(self):
        workload = Workload('w', 'kernel', ('sh', '-c', 'echo "$ANSWER"'))
        wrong = Allocator('wrong', '', env=('ANSWER=42',))
        campaign = Campaign(self.measurer, [GLIBC, wrong], [workload], 1, 20)
        campaign.run()
        self.assertEqual(campaign.results.failure('wrong', 'w'), 'wrong output')

    def test_a_warm_run_comes_first_and_does_not_count(self):
        # The second run finds what the first one left.
        workload = Workload('w', 'kernel', ('sh', '-c', 'test -e been_here && exit 3; touch been_here'))
        for warm, failure in ((False, ''), (True, 'exit 3')):
            with tempfile.TemporaryDirectory() as scratch:
                campaign = Campaign(Measurer(TREE, scratch), [GLIBC], [workload], 1, 20, warm)
                campaign.run()
                self.assertEqual(campaign.results.failure('glibc', 'w'), failure)
                self.assertEqual(len(campaign.rows), 1)

    def test_what_there_is_no_time_for_is_left_out(self):
        workload = Workload('w', 'kernel', ('true',))
        for seconds, left_out in ((-1, [workload]), (1000, []), (None, [])):
            campaign = Campaign(self.measurer, [GLIBC], [workload], 2, 20, seconds=seconds)
            campaign.run()
            self.assertEqual(campaign.left_out, left_out)
            self.assertEqual(len(campaign.rows), 0 if left_out else 2)
            self.assertEqual(campaign.measured, [] if left_out else [workload])


if __name__ == '__main__':
    unittest.main()
