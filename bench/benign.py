"""How often a benign day raises an alert: python bench/benign.py [--times N].

Plays scenes that carry no genomes towards a country of concern, with the daemon beside them, and
prints what was played and each urgent alert that came, all of them false. Needs root.
"""

import argparse
import threading
from collections import Counter

from strandwatch.lab.benign import SCENES, play_scene
from strandwatch.lab.daemon import configuration_text, daemon_running
from strandwatch.lab.instrument import land_run_folder
from strandwatch.lab.matrix import transfer_field

_SETTLE_SECONDS = 8.0
_FALSE = ("critical", "high")


def main() -> None:
    """Play the day and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1, help="how often the day is played")
    options = parser.parse_args()
    played: Counter[str] = Counter()
    with transfer_field() as lab:
        configuration = lab.network.directory / "strandwatch.toml"
        configuration.write_text(configuration_text([lab.directory]))
        state = lab.network.directory / "state"
        with daemon_running(lab.network.sequencer, configuration, state) as daemon:
            folder = land_run_folder(lab.directory, megabytes=1)
            for scene in SCENES * options.times:
                for _ in range(scene.times):
                    work = lab.directory / f"work{played.total()}"
                    play_scene(lab, scene, folder, work)
                    played[scene.name] += 1
            threading.Event().wait(_SETTLE_SECONDS)
            alerts = daemon.records("alerts")
            flows = daemon.records("flows")
            processes = daemon.records("processes")
    print("# A benign day\n")
    print(f"{played.total()} scenes, {len(flows)} flows, {len(processes)} processes.\n")
    for name, count in played.items():
        print(f"- {name}: {count} times")
    severities = Counter(alert["severity"] for alert in alerts)
    print(f"\nAlerts: {dict(severities) or 'none'}")
    for alert in alerts:
        if alert["severity"] in _FALSE:
            transfer = alert["transfer"]
            named = ", ".join(file["path"] for file in transfer["files"])
            print(f"- false: {alert['severity']} {transfer['process']['command']}: {named}")


if __name__ == "__main__":
    main()
