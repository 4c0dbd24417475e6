#!/usr/bin/env python3
"""Turns tunes in ABC notation into MIDI by abc2midi and reads them back with mido: the golden of MidiGoldenTest; needs
Debian's abcmidi and Python's mido.

    python3 scripts/peers/midi_golden.py common/src/test/resources/io/chorale/music/tunes.abc \
        > common/src/test/resources/io/chorale/music/midi-golden.json

Times are in quarters. abc2midi plays chords, grace notes, trills and rolls, so the tunes have none of these that sound.
"""

import json
import re
import subprocess
import sys
import tempfile

import mido


def quarters(ticks, midi):
    # A tick lies between notes of abc2midi.
    return round(ticks / midi.ticks_per_beat, 2)


def played(tune):
    with tempfile.TemporaryDirectory() as directory:
        with open(f"{directory}/tune.abc", "w") as file:
            file.write(tune + "\n")
        subprocess.run(
            ["abc2midi", f"{directory}/tune.abc", "-o", f"{directory}/tune.mid", "-NGRA", "-NGUI"],
            check=True,
            stdout=sys.stderr,
        )
        midi = mido.MidiFile(f"{directory}/tune.mid")
    notes, tempos = [], []
    for track in midi.tracks:
        ticks, begins = 0, {}
        for message in track:
            ticks += message.time
            if message.type == "note_on" and message.velocity > 0:
                begins[message.note] = ticks
            elif message.type in ("note_on", "note_off") and message.note in begins:
                begin = begins.pop(message.note)
                notes.append([message.note, quarters(begin, midi), quarters(ticks - begin, midi)])
            elif message.type == "set_tempo":
                tempos.append([quarters(ticks, midi), message.tempo])
    return {"notes": sorted(notes, key=lambda note: note[1]), "tempos": sorted(tempos)}


with open(sys.argv[1]) as file:
    tunes = re.split(r"\n\s*\n", file.read().strip())
print("[\n" + ",\n".join(json.dumps(played(tune)) for tune in tunes) + "\n]")
