"""Inputs of the real programs: generated once, the same on every machine."""
import json
import os
import random
import subprocess

SYLLABLES = ['ba', 'lo', 'ti', 'ren', 'mo', 'sha', 'ker', 'u', 'ing', 'ed', 'an', 'po', 'vel', 'ri', 'so', 'dam']


def word(source):
    return ''.join(source.choice(SYLLABLES) for _ in range(source.randrange(1, 5)))


def sentence(source, length=12):
    return ' '.join(word(source) for _ in range(length))


def records_json(path):
    source = random.Random(11)
    records = [{'id': n, 'name': word(source).title(), 'town': word(source)[:4], 'text': sentence(source),
                'tags': [word(source) for _ in range(source.randrange(6))], 'score': source.randrange(10_000) / 100}
               for n in range(40_000)]
    with open(path, 'w', encoding='utf-8') as file:
        json.dump(records, file)


def words_text(path):
    source = random.Random(12)
    with open(path, 'w', encoding='utf-8') as file:
        for _ in range(16_000):
            file.write(sentence(source) + '\n')


def records_xml(path):
    source = random.Random(13)
    with open(path, 'w', encoding='utf-8') as file:
        file.write('<?xml version="1.0"?><records>')
        for n in range(120_000):
            file.write(f'<record id="{n}" town="{word(source)}"><name>{word(source)}</name>'
                       f'<text>{sentence(source, 6)}</text><empty/></record>')
        file.write('</records>')


def statements_sql(path):
    source = random.Random(14)
    with open(path, 'w', encoding='utf-8') as file:
        file.write('create table item(id integer primary key, name text, town text, price real);\nbegin;\n')
        for n in range(50_000):
            file.write(f"insert into item values({n},'{word(source)}','{word(source)[:4]}',{source.randrange(9999)});\n")
        file.write('commit;\ncreate index by_town on item(town, name);\n')
        for n in range(12):
            file.write(f"select town, count(*), sum(price), group_concat(substr(name,1,{n + 1})) from item "
                       'group by town order by 3 limit 40;\n')
        file.write('select count(*) from item a join item b on a.town=b.town and a.name=b.name;\n')
        file.write('update item set name = name || town;\ndelete from item where id % 3 = 0;\n'
                   'select name, count(*) from item group by name order by 2 desc, 1 limit 50;\n')


def templates_cpp(path):
    with open(path, 'w', encoding='utf-8') as file:
        file.write('#include <algorithm>\n#include <functional>\n#include <map>\n#include <string>\n'
                   '#include <tuple>\n#include <variant>\n#include <vector>\n')
        for n in range(12):
            file.write(
                f'struct Key{n} {{ int a; std::string b; auto tied() const {{ return std::tie(a, b); }}\n'
                f'  bool operator<(const Key{n}& o) const {{ return tied() < o.tied(); }} }};\n'
                f'using Value{n} = std::variant<int, double, std::string, std::vector<Key{n}>>;\n'
                f'int use{n}(std::map<Key{n}, Value{n}>& m, std::function<int(const Key{n}&)> f) {{\n'
                f'  int sum = 0; std::vector<Key{n}> keys;\n'
                '  for (auto& [k, v] : m) { keys.push_back(k);\n'
                '    sum += std::visit([](auto& x) { return static_cast<int>(sizeof x); }, v); }\n'
                '  std::sort(keys.begin(), keys.end()); for (auto& k : keys) sum += f(k); return sum; }\n')


def layout_cpp(path):
    source = random.Random(15)
    with open(path, 'w', encoding='utf-8') as file:
        for n in range(1100):
            names = [word(source) + str(source.randrange(99)) for _ in range(6)]
            file.write(f'static int {names[0]}_{n}(int {names[1]},const char*{names[2]}){{if({names[1]}>{n})'
                       f'{{for(int {names[3]}=0;{names[3]}<{names[1]};++{names[3]}){names[4]}({names[3]},{names[2]},'
                       f'{names[1]}*({n}+{names[3]}),"{sentence(source, 5)}",{names[5]}<int,{names[1]}>(1,2));}}'
                       f'else return {names[1]}?{n}:-1;\n\n\n return 0 ;}}\n')


def problem_smt2(path):
    """Integers and arrays of bits: a schedule of jobs and a multiplication to be inverted."""
    source = random.Random(16)
    jobs = 26
    with open(path, 'w', encoding='utf-8') as file:
        file.write('(set-option :smt.random_seed 1)\n(set-option :sat.random_seed 1)\n')
        length = [source.randrange(2, 9) for _ in range(jobs)]
        for n in range(jobs):
            file.write(f'(declare-const t{n} Int)(assert (and (>= t{n} 0) (<= (+ t{n} {length[n]}) {LATEST})))\n')
        for a in range(jobs):
            for b in range(a):
                if source.random() < 0.5:
                    file.write(f'(assert (or (<= (+ t{a} {length[a]}) t{b}) (<= (+ t{b} {length[b]}) t{a})))\n')
        file.write('(check-sat)\n(declare-const x (_ BitVec 16))(declare-const y (_ BitVec 16))\n'
                   '(assert (= (bvmul ((_ zero_extend 16) x) ((_ zero_extend 16) y)) (_ bv1062961537 32)))\n'
                   '(assert (bvugt x (_ bv1 16)))(assert (bvugt y (_ bv1 16)))\n(check-sat)\n')


LATEST = 90


def history_git(path):
    """A repository of 4000 commits over 120 files, through git fast-import."""
    source = random.Random(17)
    subprocess.run(['git', 'init', '-q', '--bare', path], check=True)
    texts = {n: [sentence(source) for _ in range(60)] for n in range(120)}
    stream = []
    for n in range(4000):
        message = f'Change {n}: {sentence(source, 5)}\n'
        stream.append(f'commit refs/heads/main\ncommitter A U Thor <author@example.org> {1_600_000_000 + n} +0000\n'
                      f'data {len(message)}\n{message}')
        for _ in range(source.randrange(1, 6)):
            which = source.randrange(len(texts))
            texts[which][source.randrange(60)] = sentence(source)
            text = '\n'.join(texts[which]) + '\n'
            stream.append(f'M 100644 inline folder{which % 9}/file{which}.txt\ndata {len(text)}\n{text}')
    subprocess.run(['git', '--git-dir', path, 'fast-import', '--quiet'], input='\n'.join(stream).encode(), check=True)
    subprocess.run(['git', '--git-dir', path, 'symbolic-ref', 'HEAD', 'refs/heads/main'], check=True)


def corpus_xml(path):
    """Small documents for the fuzz target."""
    source = random.Random(18)
    os.makedirs(path)
    for n in range(200):
        parts = ['<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e "x">]>' if n % 3 == 0 else '', '<r>']
        for _ in range(source.randrange(1, 20)):
            name = word(source)
            parts.append(f'<{name} a="{word(source)}" b=\'&amp;\'>{sentence(source, 3)}<!-- {n} --></{name}>')
        parts.append('</r>' if n % 5 else '<p><b>')
        with open(os.path.join(path, f'{n:03}.xml'), 'w', encoding='utf-8') as file:
            file.write(''.join(parts))


GENERATORS = {
    'records.json': records_json, 'words.txt': words_text, 'records.xml': records_xml, 'statements.sql': statements_sql,
    'templates.cpp': templates_cpp, 'layout.cpp': layout_cpp, 'problem.smt2': problem_smt2, 'history.git': history_git,
    'corpus-xml': corpus_xml,
}


def generate(folder, names):
    """Whatever of `names` is not there yet; made under another name first, so that half an input is never used."""
    os.makedirs(folder, exist_ok=True)
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            unfinished = os.path.join(folder, 'unfinished-' + name)
            subprocess.run(['rm', '-rf', unfinished], check=True)
            GENERATORS[name](unfinished)
            os.rename(unfinished, path)
