#!/usr/bin/env bash
# one_node_slurm.sh FOLDER COMMAND...: runs COMMAND under a Slurm of this one machine, with its own munge, controller and node
# daemon (a job that is requeued starts again after seconds, not after two minutes), whose configuration, state and logs are in FOLDER. Jobs of
# the partition "urgent" put those of "main" back in the queue. Needs root, slurm-wlm and munge. Its exit status is COMMAND's; 77 if this
# machine can't run Slurm.
set -euo pipefail

folder=$(realpath -m "$1")
shift
[ "$(id -u)" -eq 0 ] || { echo "one_node_slurm.sh: only root can start Slurm's daemons" >&2; exit 77; }
for program in munged slurmctld slurmd srun; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "one_node_slurm.sh: no $program here (slurm-wlm, munge)" >&2; exit 77; }
done
export PATH=$PATH:/usr/sbin
mkdir -p "$folder"/{state,spool}
chmod 755 "$folder"

head -c 128 /dev/urandom >"$folder/munge.key"
chmod 400 "$folder/munge.key"
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"

# Ports of our own, so that several such clusters can live side by side.
port=$((20000 + RANDOM % 20000))
cat >"$folder/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=pmix
JobRequeue=1
SchedulerParameters=sched_interval=2,defer
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
KillWait=10
ReturnToService=2
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=20
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
CONF
export SLURM_CONF=$folder/slurm.conf

stop() {
  local pids=()
  for daemon in slurmd slurmctld munged; do
    [ ! -f "$folder/$daemon.pid" ] || pids+=("$(cat "$folder/$daemon.pid")")
  done
  kill "${pids[@]}" 2>/dev/null || true
  for _ in $(seq 100); do # they write their states: the folder is theirs until then
    kill -0 "${pids[@]}" 2>/dev/null || break
    sleep 0.1
  done
}
trap stop EXIT
slurmctld
slurmd
for _ in $(seq 60); do
  sinfo --noheader --states=idle 2>/dev/null | grep -q idle && break
  sleep 0.5
done
sinfo --noheader --states=idle | grep -q idle || { tail -5 "$folder"/slurm{ctld,d}.log >&2; exit 1; }
"$@"
