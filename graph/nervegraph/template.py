"""The commented study file that `nervegraph new` writes: what to fill in, and an example of everything else."""

from __future__ import annotations

import re
import unicodedata

from nervegraph.vocabulary import Vocabulary

_FIELD_WITH_WORDS = re.compile(r"\[\[(?P<scheme>[a-z-]+)\]\]")

_TEMPLATE = """\
## Study file for NerveGraph. Save it as {study}.yaml.
##
## Lines that begin with ## explain. Replace everything in <angle brackets> by what the source says; where the source
## does not say it, delete the line. Lines that begin with # are examples: delete the # and the space, and change them.
## Then run:  nervegraph check {study}.yaml
##
## Write what the source says and no more. Do not copy its sentences; put them into your own words. Texts that hold a
## colon followed by a space, or a # after a space, need "double quotes".

study: {study}
title: <title of the article>
authors: <family name and initials of each author, as in Rist S, Sellam J>
year: <year of publication>
# year note: The reference list prints 2008 beside volume 41, so that the year is uncertain.
journal: <journal, volume and pages>
doi: <as in 10.1002/acr.20495>
# pmid: 12345678
# pmcid: PMC1234567

## The kind of study: [[design]].
design: <kind of study>
## [[timing]].
timing: <retrospective or prospective>
# country: France
## What the people have besides their neuropathy, such as: [[condition]].
condition: <underlying condition>
## What you could not read, so that nobody takes it for something the source does not say.
# not read:
#   - doses
#   - outcomes of single patients
curator: <your name>
second reader: none

## The documents you read. Each 'where' below begins with one of these ids.
sources:
  - id: abstract
    ## [[source-kind]].
    kind: <kind of document>
    ## How much of it: [[reading-depth]].
    read: <how much was read>
    # note: Read on the journal's page.

## Other publications that may describe some of the same people.
# may overlap:
#   - study: author-2009
#     ## [[overlap-reason]].
#     because: shared authors

## People known by numbers. For a group inside another group add 'part of:', so that nobody is counted twice.
groups:
  - id: all
    patients: <number of patients>
    ## Where the number is not told:  patients: unknown  and  because: only the title was read
    ## May one patient be in two parts of this group? [[partition]].
    # parts: disjoint
    ## The kind of neuropathy, such as: sensory neuropathy, painful sensory neuropathy, ataxic sensory neuropathy,
    ## sensory ganglionopathy, small fibre neuropathy, multiple mononeuropathy, autonomic neuropathy, CIDP.
    neuropathy: <kind of neuropathy>
    # authors words: the authors' own name for it
    ## The source's id, a comma, and the section.
    where: <abstract, Results>
    # mean age: 60
    # percent women: 58
    # findings:
    #   - finding: anti-Ro/SSA
    #     ## [[finding-status]].
    #     status: present
    #     n: 3
    treatments:
      - id: first
        # order: 1
        ## The neuropathy that was treated, if it is only one of those above.
        # target: sensory neuropathy
        ## How the drugs below belong together: [[composition]].
        composition: <how the drugs belong together>
        ## Were other drugs that act on the immune system given? [[co-medication]].
        ## 'none stated' means that the source says there were none.
        other immune drugs: <none stated, not mentioned, all listed or some unnamed>
        drugs:
          ## A drug without 'n' was given to everybody.
          - drug: <drug>
            ## [[role]].
            role: <role>
            ## [[route]].
            # route: intravenous
            # dose:
            #   - amount: 0.4 g/kg
            #     ## [[basis]].
            #     per: day
            #     days: 5
            #     every: 1 month
          # - drug: prednisone
          #   role: background
          #   n: unknown
        ## One entry for each thing that was looked at.
        outcomes:
          - id: main
            ## [[domain]].
            domain: <what was looked at>
            ## Such as: [[instrument]].
            instrument: <how it was looked at>
            ## How many were looked at, and how many of them had which response: [[response]].
            assessed: <number of people assessed>
            improved: <number>
            stable: <number>
            worsened: <number>
            # at: 3 months
          ## What the source tells without numbers of people has a place of its own.
          # - id: pain
          #   domain: pain
          #   instrument: VAS pain
          #   quantified:
          #     ## [[quantifier]].
          #     quantifier: most
          #     response: improved
          # - id: disability
          #   domain: disability
          #   instrument: modified Rankin scale
          #   ## [[outcome-status]].
          #   status: not read
          #   because: the tables could not be read
        # adverse events:
        #   - id: nausea
        #     ## [[adverse-status]].
        #     status: reported
        #     event: nausea
        #     n: 1
        #     of: 5
        # stopped:
        #   - id: nausea
        #     ## [[stop-reason]].
        #     reasons: adverse event
        #     n: 1
        # course:
        #   - id: relapse
        #     ## [[event]].
        #     event: relapse
        #     after: 4 months
        #     n: 1
        # times:
        #   ## [[measure]].
        #   - measure: follow-up
        #     min: 2 months
        #     max: 60 months
        #     centre: 27 months
        #     ## [[statistic]].
        #     statistic: median

## People described one by one. A person has 'response' where a group has numbers.
# people:
#   - id: case-1
#     part of: all
#     age: 67
#     sex: female
#     neuropathy: painful sensory neuropathy
#     where: abstract, Case
#     treatments:
#       - id: second
#         order: 2
#         composition: single drug
#         other immune drugs: not mentioned
#         drugs:
#           - drug: IVIG
#             role: index
#         outcomes:
#           - id: pain
#             domain: pain
#             instrument: authors' judgement
#             response: improved

## How sound the study is, as far as the part that you read tells it. Leave out what you did not read. Another reader
## may answer the same item otherwise; both are kept, and nothing is summed.
# appraisal:
#   ## [[appraisal-item]].
#   - item: challenge and rechallenge
#     ## [[appraisal-answer]].
#     answer: yes
#     because: The pain became less after both courses.
#     by: <your name>
#     where: abstract, Case

## What the source says, apart from what was observed: effects, recommendations, non-use. For a review this and
## 'numbers' take the place of groups and people.
# claims:
#   - id: helps-in-pain
#     ## [[claim-kind]].
#     kind: effect
#     drugs: IVIG
#     ## [[claim-direction]].
#     direction: benefit
#     neuropathy: painful sensory neuropathy
#     where: abstract, Conclusion
#     ## The level of evidence in the source's own word. A level is also derived by rule; give one of your own only to
#     ## say something else, with the reason: [[level]].
#     stated level: low
#     our level:
#       level: GRADE very low
#       because: The pain was not measured.
#       by: <your name>

## Numbers as a review prints them.
# numbers:
#   - id: patients
#     about: patients in the included studies
#     value: 22
#     where: abstract, Results
#   - id: improved
#     about: patients who improved
#     value: 18
#     share of: patients
#     percent: 82
#     where: abstract, Results
"""

# Longer lists are cut; `check` suggests the nearest word for what it does not know.
_MOST_WORDS = 14
_WIDTH = 118


def build_template(study_id: str, vocabulary: Vocabulary, schema: str | None = None) -> str:
    """A study file to be filled in; the words that each field allows are those of `vocabulary`.

    It is valid YAML. What is still to be filled in stands in angle brackets, each a finding of `placeholder-left`.

    :param schema: the path of the JSON Schema as seen from the file, for editors that look for it.
    """
    lines = [] if schema is None else [f"# yaml-language-server: $schema={schema}", "## The line above is for editors."]
    for line in _TEMPLATE.replace("{study}", study_id).splitlines():
        found = _FIELD_WITH_WORDS.search(line)
        lines += _wrapped(line, _words(found["scheme"], vocabulary)) if found else [line]
    return "\n".join(lines) + "\n"


def suggest_study_id(text: str) -> str:
    """The study id that was probably meant: `Rist 2011` gives `rist-2011`; empty if nothing of the text can be used."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall("[a-z0-9]+", plain))


def _words(scheme: str, vocabulary: Vocabulary) -> list[str]:
    labels = vocabulary.labels(scheme)
    return labels if len(labels) <= _MOST_WORDS else [*labels[:_MOST_WORDS], "…"]


def _wrapped(line: str, words: list[str]) -> list[str]:
    """The comment with the words in the place of `[[scheme]]`, broken into lines of the same indentation."""
    start = line[: line.index("##") + 3]
    pieces = _FIELD_WITH_WORDS.sub(", ".join(words), line.removeprefix(start)).split(" ")
    lines = [start + pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + 1 + len(piece) > _WIDTH:
            lines.append(start + piece)
        else:
            lines[-1] += f" {piece}"
    return lines
