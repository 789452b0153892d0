"""llama.cpp's server with one model on the loopback interface, until it is killed."""

import argparse
import signal

import xllamacpp

parser = argparse.ArgumentParser()
parser.add_argument("--weights", required=True)
parser.add_argument("--name", required=True)
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--threads", type=int, required=True)
parser.add_argument("--context", type=int, required=True)
parser.add_argument("--template")
options = parser.parse_args()

params = xllamacpp.CommonParams()
params.model.path = options.weights
params.model_alias = {options.name}
params.hostnames = ["127.0.0.1"]
params.port = options.port
params.n_ctx = options.context
# One conversation at a time: the whole context and the cached front of the prompt are its own.
params.n_parallel = 1
params.cpuparams.n_threads = options.threads
params.cpuparams_batch.n_threads = options.threads
# A trial is a measurement: the same answers for the same question.
params.sampling.temp = 0.0
params.use_jinja = True
if options.template:
    with open(options.template, encoding="utf-8") as file:
        params.chat_template = file.read()

server = xllamacpp.Server(params)
print(f"ready {server.listening_address}", flush=True)
signal.pause()
