#!/usr/bin/env bash
# small_slurm.sh FOLDER NODES COMMAND...: runs COMMAND under a Slurm of this one machine, with its own munge, controller and node daemons (a job
# that is requeued starts again after seconds, not after two minutes), whose configuration, state and logs are in FOLDER. One node has the
# machine's name and all of its cores; two, n1 and n2, have half of them each, and a daemon each. Jobs of the partition "urgent" put those of
# "main" back in the queue. Needs root, slurm-wlm and munge. Its exit status is COMMAND's; 77 if this machine can't run Slurm.
set -euo pipefail

folder=$(realpath -m "$1") count=$2
shift 2
[ "$(id -u)" -eq 0 ] || { echo "small_slurm.sh: only root can start Slurm's daemons" >&2; exit 77; }
for program in munged slurmctld slurmd srun; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "small_slurm.sh: no $program here (slurm-wlm, munge)" >&2; exit 77; }
done
export PATH=$PATH:/usr/sbin
host=$(hostname -s)
nodes=("$host")
[ "$count" -eq 1 ] || nodes=($(seq -f n%g "$count"))
cores=$(($(nproc) / count > 0 ? $(nproc) / count : 1))
mkdir -p "$folder/state"
for node in "${nodes[@]}"; do mkdir -p "$folder"/{spool,tmp}/"$node"; done
chmod 755 "$folder"

head -c 128 /dev/urandom >"$folder/munge.key"
chmod 400 "$folder/munge.key"
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"

# Ports of our own, so that several such clusters can live side by side.
port=$((20000 + RANDOM % 20000))
cat >"$folder/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
TmpFS=$folder/tmp/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
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
SlurmdParameters=config_overrides
KillWait=10
ReturnToService=2
$(for i in "${!nodes[@]}"; do
  echo "NodeName=${nodes[$i]} NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1 + i)) CPUs=$cores State=UNKNOWN"
done)
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=20
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
CONF
export SLURM_CONF=$folder/slurm.conf

stop() {
  local pids=()
  for file in "$folder"/*.pid; do pids+=("$(cat "$file")"); done
  kill "${pids[@]}" 2>/dev/null || true
  for _ in $(seq 100); do # they write their states: the folder is theirs until then
    kill -0 "${pids[@]}" 2>/dev/null || break
    sleep 0.1
  done
}
trap stop EXIT
slurmctld
for node in "${nodes[@]}"; do slurmd -N "$node"; done
idle_nodes() { sinfo --noheader --Node --partition=main --states=idle --format=%N 2>/dev/null | wc -l; }
for _ in $(seq 60); do
  [ "$(idle_nodes)" -eq "$count" ] && break
  sleep 0.5
done
[ "$(idle_nodes)" -eq "$count" ] || { tail -n 5 "$folder"/slurm*.log >&2; exit 1; }
"$@"
