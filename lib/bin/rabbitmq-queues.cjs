#!/usr/bin/env node
'use strict';
require('./compiled.cjs')('rabbitmq-queues');
